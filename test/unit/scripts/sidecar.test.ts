import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { readRunFile, withShared } from '../../../scripts/run-file.js';
import { appEnvironment, daprdArguments } from '../../../scripts/sidecar.js';

const file = readRunFile();
const replica = file.apps[0];
assert.ok(replica);

describe('a sidecar', () => {
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
});
