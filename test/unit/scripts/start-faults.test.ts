import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { findOnPath } from '../../../scripts/system-package.js';
import { claimFreeOffset } from '../../../scripts/ports.js';
import { runNpm } from '../../support/npm-run.js';
import { describeUnless } from '../../support/skip.js';

const skip = process.platform !== 'linux' && 'looks for processes in /proc';
const folder = mkdtempSync(join(tmpdir(), 'order-service-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The environment of a machine that has Node and npm, and nothing else. */
const bareMachine = (): NodeJS.ProcessEnv => {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const name of ['node', 'npm', 'sh']) {
    const program = findOnPath(name);
    assert.ok(program, `there is no ${name} on the PATH`);
    rmSync(join(bin, name), { force: true });
    symlinkSync(program, join(bin, name));
  }
  return { PATH: bin, HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') };
};

/** What `npm start` prints when it refuses to start. */
const refusal = async (env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<string> => {
  // Ports that are free, so that the refusal has no other cause.
  const claim = await claimFreeOffset((offset) => [8004 + offset]);
  const run = await runNpm(['--silent', 'start', '--', ...args], { ORDER_PORT_OFFSET: String(claim.offset), ...env });
  try {
    assert.deepEqual(await run.closed, { code: 1, signal: null }, run.output());
    expect(run.leftovers()).toStrictEqual([]);
    // a stack trace
    expect(run.output()).not.toMatch(/^\s+at /m);
    return run.output();
  } finally {
    await run.remove();
    await claim.release();
  }
};

describeUnless(skip)('npm start refuses, with a sentence that says what to do,', () => {
  it('a value that is not valid', async () => {
    const output = await refusal({ ORDER_RETURN_WINDOW_DAYS: 'abc', APP_API_TOKEN: 'short' });
    expect(output).toMatch(/ORDER_RETURN_WINDOW_DAYS: must be a number/);
    expect(output).toMatch(/APP_API_TOKEN: must have at least 16 characters/);
    expect(output).toMatch(/Correct it and start again; docs\/configuration\.md/);
  });

  it("a value of the sandbox's that is not valid", async () => {
    expect(await refusal({ ORDER_SANDBOX_STEP_MS: 'soon' })).toMatch(/ORDER_SANDBOX_STEP_MS: must be a number/);
  });

  it('a configuration file that is broken', async () => {
    const file = join(folder, 'broken.yaml');
    writeFileSync(file, 'order: [\n');
    const output = await refusal({ ORDER_CONFIG_FILE: file });
    expect(output).toMatch(/broken\.yaml cannot be read/);
    expect(output).toMatch(/Correct it and start again/);
  });

  it('an offset that is not a number', async () => {
    expect(await refusal({ ORDER_PORT_OFFSET: 'x' })).toMatch(/Set it to a whole number from 0 to 15000/);
  });

  it('a port that is in use', async () => {
    const claim = await claimFreeOffset((offset) => [8004 + offset]);
    const server = createServer();
    await new Promise<void>((listening) => server.listen(8004 + claim.offset, '127.0.0.1', listening));
    try {
      const output = await refusal({ ORDER_PORT_OFFSET: String(claim.offset) });
      expect(output).toMatch(new RegExp(`in use by another program:\n {2}${8004 + claim.offset} \\(order-service 1`));
      expect(output).toMatch(/Stop that program/);
    } finally {
      await new Promise((closed) => server.close(closed));
      await claim.release();
    }
  });

  it('an argument that it does not know', async () => {
    expect(await refusal({}, '--tls')).toMatch(
      /npm start does not know "--tls"\. Its options are --mtls and --observe/,
    );
  });

  it('a Dapr without Sentry, where mTLS is asked for', async () => {
    const bin = join(folder, 'dapr', '.dapr', 'bin');
    mkdirSync(bin, { recursive: true });
    for (const name of ['daprd', 'placement', 'dapr'])
      writeFileSync(join(bin, name), '#!/bin/sh\necho 1.18.1\n', { mode: 0o755 });
    // Nothing is asked of Redis before Dapr is there.
    const env = { DAPR_RUNTIME_PATH: join(folder, 'dapr'), ORDER_REDIS_ADDR: '127.0.0.1:1' };
    const output = await refusal(env, '--mtls');
    expect(output).toMatch(
      /mTLS needs the program sentry of Dapr, and the Dapr 1\.18\.1 by DAPR_RUNTIME_PATH has none/,
    );
    expect(output).toMatch(/or start without --mtls/);
  });

  it('a machine without Redis', async () => {
    expect(await refusal(bareMachine())).toMatch(/no redis-server or valkey-server on the PATH\. Install it/);
  });

  it('a machine without Dapr and Go that cannot download either', async () => {
    // Nothing is asked of Redis or of the mirror: the one is not used before Dapr is there, the other listens on no port.
    const away = { ORDER_REDIS_ADDR: '127.0.0.1:1', ORDER_DAPR_DOWNLOAD_URL: 'http://127.0.0.1:9' };
    const output = await refusal({ ...bareMachine(), ...away });
    expect(output).toMatch(/Dapr is required, is not installed, and could not be downloaded/);
    expect(output).toMatch(/Install Go .*, or install Dapr/);
  });
});
