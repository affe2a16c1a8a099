import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readRunFile, withShared } from '../../../scripts/run-file.js';
import { appEnvironment, daprdArguments, writeDaprdWrapper } from '../../../scripts/sidecar.js';

const file = readRunFile();
const replica = file.apps[0];
assert.ok(replica);

describe('a sidecar', () => {
  const folder = mkdtempSync(join(tmpdir(), "order-service-it's "));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gets the flags dapr run would give, and listens on loopback only', () => {
    const line = daprdArguments(withShared(file, replica), '/project').join(' ');
    for (const flags of [
      '--app-id order-service',
      '--app-port 8104',
      '--dapr-http-port 3504',
      '--dapr-listen-addresses 127.0.0.1',
      '--config /project/components/config/order-service.yaml',
      '--resources-path /project/components/local',
      '--placement-host-address 127.0.0.1:50005',
      '--enable-app-health-check',
      '--dapr-internal-grpc-listen-address 127.0.0.1',
      '--metrics-listen-address 127.0.0.1',
    ]) {
      assert.ok(line.includes(flags), `${flags} in ${line}`);
    }
    expect(line).not.toContain('scheduler');
  });

  it('shares its ports with its app', () => {
    const env = appEnvironment(replica);
    expect(env['DAPR_HTTP_PORT']).toBe('3504');
    expect(env['ORDER_HTTP_PORT']).toBe('8004');
    expect(env['APP_ID']).toBe('order-service');
  });

  it('is wrapped for dapr run without harm to its arguments, in folders with any name', () => {
    const daprd = join(folder, 'daprd');
    writeFileSync(daprd, '#!/bin/sh\npwd\nfor argument do echo "<$argument>"; done\n');
    chmodSync(daprd, 0o755);
    const log = join(folder, 'sidecar.log');
    const runtimePath = writeDaprdWrapper(daprd, folder, new Map([[3504, { log, withheld: ['ORDER_SECRET'] }]]), {});
    const wrapper = join(runtimePath, '.dapr', 'bin', 'daprd');

    const args = ['--app-id', 'a b', '--dapr-http-port', '3504', '--x', '$HOME "q"'];
    expect(spawnSync(wrapper, args).status).toBe(0);
    const [cwd, ...seen] = readFileSync(log, 'utf8').trim().split('\n');
    expect(cwd).toBe(runtimePath);
    expect(seen.slice(0, args.length)).toStrictEqual(args.map((argument) => `<${argument}>`));
    expect(seen).toContain('<--metrics-listen-address>');

    const identity = { flags: ['--enable-mtls'], env: { DAPR_TRUST_ANCHORS: "it's\nof two lines" } };
    writeFileSync(daprd, '#!/bin/sh\necho "$DAPR_TRUST_ANCHORS"\nfor argument do echo "<$argument>"; done\n');
    writeDaprdWrapper(daprd, folder, new Map([[3504, { log, withheld: [], identity }]]), {});
    rmSync(log);
    expect(spawnSync(wrapper, args).status).toBe(0);
    const withMtls = readFileSync(log, 'utf8');
    expect(withMtls).toMatch(/^it's\nof two lines\n/);
    expect(withMtls).toContain('<--enable-mtls>');

    expect(spawnSync(wrapper, ['--version'], { encoding: 'utf8' }).stdout).toContain('<--version>');
  });
});
