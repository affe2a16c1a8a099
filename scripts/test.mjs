// npm test: see bootstrap.mjs for what comes first, test.ts for the rest.
import { run } from './bootstrap.mjs';

run('test.js');
