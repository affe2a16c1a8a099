import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { format } from 'prettier';
import { openApiDocument } from '../api/openapi/document.js';
import { configSchema } from '../config.js';
import { describeError, Failure } from './failure.js';
import { projectRoot } from './paths.js';

const file = join(projectRoot, 'docs', 'openapi.json');

/** With the country of configs/config.yaml, as the service serves it by default. */
const made = (): unknown => {
  const content: unknown = parse(readFileSync(join(projectRoot, 'configs', 'config.yaml'), 'utf8'));
  return openApiDocument(configSchema.shape.file.parse(content).order.default_country);
};

/** Writes docs/openapi.json; with `--check` only checks whether it is what the code makes. */
async function main(check: boolean): Promise<void> {
  const document = made();
  if (!check) writeFileSync(file, await format(JSON.stringify(document), { parser: 'json', printWidth: 120 }));
  else if (!isDeepStrictEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(document))))
    throw new Failure(
      'docs/openapi.json is not what the code makes. Run `npm run openapi` and look at the difference.',
    );
}

main(process.argv.includes('--check')).catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
