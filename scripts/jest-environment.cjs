// Jest's environment of Node, in workers that end when the process that started them is gone.
const { TestEnvironment } = require('jest-environment-node');

let watching = false;

module.exports = class extends TestEnvironment {
  constructor(...args) {
    super(...args);
    if (watching || process.env.JEST_WORKER_ID === undefined || !process.connected) return;
    watching = true;
    process.once('disconnect', () => process.exit(1));
  }
};
