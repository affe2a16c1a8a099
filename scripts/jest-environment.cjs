// Jest's environment of Node, in workers that end when the process that started them is gone: it may have been killed.
const { TestEnvironment } = require('jest-environment-node');

const parent = process.ppid;
let watching = false;

module.exports = class extends TestEnvironment {
  constructor(...args) {
    super(...args);
    if (watching || !process.connected || process.argv[1]?.includes('jest-worker') !== true) return;
    watching = true;
    setInterval(() => process.ppid === parent || process.exit(1), 500).unref();
  }
};
