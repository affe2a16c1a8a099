// npm start: see bootstrap.mjs for what comes first, start.ts for the rest.
import { run } from './bootstrap.mjs';

run('start.js');
