import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../../scripts/paths.js';

const run = (script: string, env: Readonly<Record<string, string>> = {}) =>
  new Promise<{ readonly code: number | null; readonly output: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [join(projectRoot, 'scripts', script)], {
      env: { ...process.env, npm_config_fetch_retries: '0', ...env },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.once('error', reject).once('close', (code) => {
      resolve({ code, output });
    });
  });

const locked = (
  JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, { readonly version?: string }>>;
  }
).packages;

/** What a registry says of a package: npm asks for it to find out which versions an advisory concerns. */
const packumentOf = (url: string): string => {
  const name = decodeURIComponent(url.slice(1));
  const version = locked[`node_modules/${name}`]?.version ?? '0.0.0';
  return JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { name, version } } });
};

describe('the advisory check', () => {
  let registry: Server;
  let answer: { readonly status: number; readonly body: string };
  beforeAll(async () => {
    registry = createServer((request, response) => {
      const { method, url = '' } = request;
      const { status, body } = method === 'GET' ? { status: 200, body: packumentOf(url) } : answer;
      request.resume().once('end', () => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    registry.close();
  });

  const check = () => {
    const { port } = registry.address() as AddressInfo;
    return run('advisories.mjs', { npm_config_registry: `http://127.0.0.1:${port}/` });
  };

  it('says where nothing was checked', async () => {
    answer = { status: 405, body: '' };
    const { code, output } = await check();
    expect(output).toMatch(/^Not checked: the registry serves no advisories \(405 /);
    expect(code).toBe(3);
  });

  it('ends with 0 without advisories, with 1 with one, which it names', async () => {
    answer = { status: 200, body: '{}' };
    expect(await check()).toStrictEqual({ code: 0, output: 'No advisories.\n' });
    const advisory = {
      id: 1,
      url: 'https://example.com/1',
      title: 'A fault',
      severity: 'high',
      vulnerable_versions: '*',
    };
    answer = { status: 200, body: JSON.stringify({ express: [advisory] }) };
    const { code, output } = await check();
    expect(output).toMatch(/^high: express \S+: A fault \(https:\/\/example.com\/1\)$/m);
    expect(code).toBe(1);
  });
});

describe('the software bill of materials', () => {
  it('lists packages, Node and Go modules, and nothing of development alone', async () => {
    const { code, output } = await run('sbom.mjs');
    expect(code).toBe(0);
    const bill = JSON.parse(output) as { bomFormat: string; components: { purl: string }[] };
    expect(bill.bomFormat).toBe('CycloneDX');
    const all = bill.components.map(({ purl }) => purl);
    for (const beginning of ['pkg:npm/express@', 'pkg:generic/node@', 'pkg:golang/github.com/dapr/dapr@v'])
      expect(all.filter((purl) => purl.startsWith(beginning)).length).toBeGreaterThan(0);
    expect(all.filter((purl) => purl.startsWith('pkg:npm/eslint@'))).toStrictEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });
});
