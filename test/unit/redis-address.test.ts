import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { parseRedisAddress, redisHostPort } from '../../configs/redis-address.js';
import { redisOfSidecar } from '../../scripts/sidecar-environment.js';

describe('The address of Redis', () => {
  it('is host:port or a URL', () => {
    const none = { tls: false, username: undefined, password: undefined, database: undefined };
    for (const [text, target] of [
      ['127.0.0.1:6379', { ...none, host: '127.0.0.1', port: 6379 }],
      ['redis://cache', { ...none, host: 'cache', port: 6379 }],
      ['redis://:p@cache:1/3', { ...none, host: 'cache', port: 1, password: 'p', database: 3 }],
      ['rediss://u:a%40b@cache:2/', { ...none, host: 'cache', port: 2, tls: true, username: 'u', password: 'a@b' }],
      ['rediss://[::1]:6380', { ...none, host: '::1', port: 6380, tls: true }],
    ] as const)
      assert.deepEqual(parseRedisAddress(text), target, text);
    expect(redisHostPort({ ...none, host: '::1', port: 1 })).toBe('[::1]:1');
  });

  it('is refused where it is neither', () => {
    for (const text of [
      '',
      'cache',
      'cache:0',
      'cache:70000',
      'http://cache',
      'rediss://',
      'redis://c/x',
      'redis://c?a',
      'redis://%zz@c',
    ])
      assert.equal(parseRedisAddress(text), undefined, text);
  });

  it('reaches the sidecars in parts', () => {
    expect(redisOfSidecar({ ORDER_REDIS_ADDR: 'cache:1' })).toStrictEqual({});
    expect(redisOfSidecar({ ORDER_REDIS_ADDR: 'rediss://u:p@cache:2/3', ORDER_REDIS_PASSWORD: '' })).toStrictEqual({
      ORDER_REDIS_ADDR: 'cache:2',
      ORDER_REDIS_USERNAME: 'u',
      ORDER_REDIS_PASSWORD: 'p',
    });
  });
});
