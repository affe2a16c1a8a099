import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { findOnPath } from '../../../scripts/find-program.js';
import { claimFreeOffset } from '../../../scripts/ports.js';
import { runNpm } from '../../support/npm-run.js';

const skip = process.platform !== 'linux' && 'looks for processes in /proc';
const folder = mkdtempSync(join(tmpdir(), 'order-service-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

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
const refusal = async (env: NodeJS.ProcessEnv): Promise<string> => {
  // Ports that are free, so that the refusal has no other cause.
  const claim = await claimFreeOffset((offset) => [8004 + offset]);
  const run = await runNpm(['--silent', 'start'], { ORDER_PORT_OFFSET: String(claim.offset), ...env });
  try {
    assert.deepEqual(await run.closed, { code: 1, signal: null }, run.output());
    assert.deepEqual(run.leftovers(), []);
    assert.doesNotMatch(run.output(), /^\s+at /m, 'a stack trace');
    return run.output();
  } finally {
    await run.remove();
    await claim.release();
  }
};

describe('npm start refuses, with a sentence that says what to do,', { skip }, () => {
  it('a value that is not valid', async () => {
    const output = await refusal({ ORDER_RETURN_WINDOW_DAYS: 'abc', APP_API_TOKEN: 'short' });
    assert.match(output, /ORDER_RETURN_WINDOW_DAYS: must be a number/);
    assert.match(output, /APP_API_TOKEN: must have at least 16 characters/);
    assert.match(output, /Correct it and start again; docs\/configuration\.md/);
  });

  it("a value of the sandbox's that is not valid", async () => {
    assert.match(await refusal({ ORDER_SANDBOX_STEP_MS: 'soon' }), /ORDER_SANDBOX_STEP_MS: must be a number/);
  });

  it('a configuration file that is broken', async () => {
    const file = join(folder, 'broken.yaml');
    writeFileSync(file, 'order: [\n');
    const output = await refusal({ ORDER_CONFIG_FILE: file });
    assert.match(output, /broken\.yaml cannot be read/);
    assert.match(output, /Correct it and start again/);
  });

  it('an offset that is not a number', async () => {
    assert.match(await refusal({ ORDER_PORT_OFFSET: 'x' }), /Set it to a whole number from 0 to 15000/);
  });

  it('a port that is in use', async () => {
    const claim = await claimFreeOffset((offset) => [8004 + offset]);
    const server = createServer();
    await new Promise<void>((listening) => server.listen(8004 + claim.offset, '127.0.0.1', listening));
    try {
      const output = await refusal({ ORDER_PORT_OFFSET: String(claim.offset) });
      assert.match(output, new RegExp(`in use by another program:\n {2}${8004 + claim.offset} \\(order-service 1`));
      assert.match(output, /Stop that program/);
    } finally {
      await new Promise((closed) => server.close(closed));
      await claim.release();
    }
  });

  it('a machine without Redis', async () => {
    assert.match(await refusal(bareMachine()), /no redis-server or valkey-server on the PATH\. Install it/);
  });

  it('a machine without Dapr and Go that cannot download either', async () => {
    // Nothing is asked of Redis or of the mirror: the one is not used before Dapr is there, the other listens on no port.
    const away = { ORDER_REDIS_ADDR: '127.0.0.1:1', ORDER_DAPR_DOWNLOAD_URL: 'http://127.0.0.1:9' };
    const output = await refusal({ ...bareMachine(), ...away });
    assert.match(output, /Dapr is required, is not installed, and could not be downloaded/);
    assert.match(output, /Install Go .*, or install Dapr/);
  });
});
