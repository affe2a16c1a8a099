import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/paths.js';

/** A configuration file of the test's own. */
export interface ConfigFile {
  /** For ORDER_CONFIG_FILE. */
  readonly path: string;
  remove(): void;
}

/** The usual configuration with these values changed, by their last name. */
export const configWith = (values: Readonly<Record<string, string>>): ConfigFile => {
  const original = readFileSync(join(projectRoot, 'configs', 'config.yaml'), 'utf8');
  const changed = Object.entries(values).reduce((text, [name, value]) => {
    const line = new RegExp(`\\b${name}: .+`);
    assert.match(text, line);
    return text.replace(line, `${name}: ${value}`);
  }, original);
  const folder = mkdtempSync(join(tmpdir(), 'order-service-config-'));
  const path = join(folder, 'config.yaml');
  writeFileSync(path, changed);
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

/** Leases of effects end after 3 s, calls after 2 s: a test need not wait for long ones. */
export const impatientConfig = (): ConfigFile => configWith({ lease_ms: '3000', call_timeout_ms: '2000' });
