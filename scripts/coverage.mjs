// npm run test:coverage: see bootstrap.mjs for what comes first, coverage.ts for the rest.
import { run } from './bootstrap.mjs';

run('coverage.js');
