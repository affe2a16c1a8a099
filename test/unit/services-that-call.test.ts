import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { projectRoot } from '../../scripts/paths.js';

interface Policy {
  readonly appId: string;
  readonly defaultAction: string;
  readonly operations: readonly {
    readonly name: string;
    readonly httpVerb: readonly string[];
    readonly action: string;
  }[];
}

const read = (...path: readonly string[]): unknown => parse(readFileSync(join(projectRoot, ...path), 'utf8'));

/** The services that create orders or are told about them. */
const services = ['checkout', 'payment', 'fulfillment', 'shipping', 'return', 'notification'].map(
  (name) => `${name}-service`,
);

describe('Services that call by Dapr service invocation', () => {
  const { auth } = read('configs', 'config.yaml') as { readonly auth: { readonly dapr_callers: readonly string[] } };
  const { spec } = read('components', 'production', 'order-service.yaml') as {
    readonly spec: { readonly accessControl: { readonly defaultAction: string; readonly policies: readonly Policy[] } };
  };
  const { defaultAction, policies } = spec.accessControl;

  for (const appId of services) {
    it(`include ${appId} by default`, () => {
      expect(auth.dapr_callers).toContain(appId);
    });

    it(`include ${appId} in production, which may read orders`, () => {
      const own = policies.filter((policy) => policy.appId === appId);
      expect(own).toHaveLength(1);
      for (const name of ['/api/v1/orders', '/api/v1/orders/**'])
        assert.ok(
          own[0]!.operations.some(
            (operation) =>
              operation.name === name && operation.httpVerb.includes('GET') && operation.action === 'allow',
          ),
          name,
        );
    });
  }

  it('may do in production only what is listed, and only where the service knows them', () => {
    expect(defaultAction).toBe('deny');
    for (const policy of policies) {
      assert.equal(policy.defaultAction, 'deny', policy.appId);
      assert.ok(auth.dapr_callers.includes(policy.appId), policy.appId);
    }
  });
});
