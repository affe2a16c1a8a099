// Jest runs what `npm run build` compiled, as it is, on the Node that production runs on (docs/adr/0019).
import { rerunOnOwnNode } from './scripts/jest-node.mjs';

await rerunOnOwnNode();

/** What the projects have in common. */
const common = {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/dist'],
  testEnvironment: '<rootDir>/scripts/jest-environment.cjs',
  transform: {},
  coveragePathIgnorePatterns: ['/node_modules/', '/dist/test/', '/proto/gen/'],
};

const testsIn = (...folders) => folders.map((folder) => `<rootDir>/dist/test/${folder}/**/*.test.js`);

/** The stack that integration, contract and fuzz tests share. */
const sharedStack = {
  globalSetup: '<rootDir>/dist/test/support/global-setup.js',
  globalTeardown: '<rootDir>/dist/test/support/global-teardown.js',
};

export default {
  maxWorkers: 2,
  testTimeout: 300_000,
  forceExit: false,
  coverageProvider: 'v8',
  reporters: ['default', '<rootDir>/dist/scripts/count-reporter.js'],
  projects: [
    { ...common, displayName: 'unit', testMatch: testsIn('unit') },
    { ...common, ...sharedStack, displayName: 'real', testMatch: testsIn('integration', 'contract', 'fuzz') },
    // These kill and freeze processes of stacks of their own: run them with --runInBand.
    { ...common, displayName: 'e2e', testMatch: testsIn('console', 'e2e') },
  ],
};
