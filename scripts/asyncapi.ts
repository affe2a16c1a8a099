import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { asyncApiDocument } from '../api/asyncapi/document.js';
import { projectRoot } from './paths.js';

/** `npm run asyncapi` writes docs/asyncapi.yaml; with `--check` it only says whether that file is up to date. */
const file = join(projectRoot, 'docs', 'asyncapi.yaml');
const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
const text = `# Made by npm run asyncapi from api/schemas; do not edit.\n${stringify(asyncApiDocument(version), { aliasDuplicateObjects: false })}`;

if (!process.argv.includes('--check')) {
  writeFileSync(file, text);
} else if (readFileSync(file, 'utf8') !== text) {
  console.error('docs/asyncapi.yaml is not up to date: run npm run asyncapi.');
  process.exitCode = 1;
}
