import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import {
  clockSkewMs,
  type CommandRequest,
  createCommandSigner,
  type Signed,
} from '../../../actors/command-envelope.js';
import { createOrderClient } from '../../../actors/order-client.js';
import type { Reply } from '../../../actors/command-envelope.js';

const secret = 'a secret of at least 32 characters';
const orderId = '018f0000-0000-7000-8000-000000000001';
const request: CommandRequest = {
  orderId,
  commandId: 'command',
  requestHash: 'hash',
  caller: { type: 'staff', id: 'x' },
  channel: 'worker',
  command: { type: 'cancel', reason: 'x' },
};
const reply: Reply = { outcome: 'stale', reason: 'x' };

describe('A signed command', () => {
  const signedAt = 1_000_000;
  const signed = createCommandSigner(secret, () => signedAt).sign(request, signedAt + 10_000);
  const openedAt = (time: number, command: unknown = signed, id = orderId): CommandRequest | undefined =>
    createCommandSigner(secret, () => time).open(command, id);

  it('is taken until its deadline, give or take the clocks of two replicas', () => {
    for (const time of [signedAt - clockSkewMs, signedAt, signedAt + 10_000 + clockSkewMs])
      assert.deepEqual(openedAt(time), request, String(time));
    for (const time of [signedAt - clockSkewMs - 1, signedAt + 10_000 + clockSkewMs + 1, signedAt + 20_000])
      assert.equal(openedAt(time), undefined, String(time));
  });

  it('is taken by its own order only, unchanged, and from those who have the secret', () => {
    expect(openedAt(signedAt, signed, '018f0000-0000-7000-8000-000000000002')).toBeUndefined();
    const later = signed.payload.replace('"expiresAt":1010000', '"expiresAt":9910000');
    expect(later).not.toBe(signed.payload);
    expect(openedAt(signedAt, { ...signed, payload: later })).toBeUndefined();
    const foreign = createCommandSigner(`another ${secret}`, () => signedAt).sign(request, signedAt + 10_000);
    for (const command of [foreign, null, 'x', {}, { payload: 1, signature: 2 }, { ...signed, signature: '' }])
      expect(openedAt(signedAt, command)).toBeUndefined();
  });
});

describe('A signed reply', () => {
  const signer = createCommandSigner(secret);
  const command = signer.sign(request, Date.now() + 10_000);

  it('belongs to its command, and to no other', () => {
    const signed = signer.signReply(reply, command);
    expect(signer.openReply(signed, command)).toStrictEqual(reply);
    expect(signer.openReply(signed, signer.sign({ ...request, commandId: 'other' }, 1))).toBeUndefined();
    expect(signer.openReply(reply, command)).toBeUndefined();
    expect(signer.openReply({ ...signed, payload: signed.payload.replace('stale', 'gone') }, command)).toBeUndefined();
    // a command is no reply
    expect(signer.openReply(command, command)).toBeUndefined();
  });

  it('is what a gateway waits for: forged ones are as if nobody had answered', async () => {
    const admission = {
      enter: () => Promise.resolve(true),
      leave: () => undefined,
      isFull: () => false,
      load: () => ({ running: 0, waiting: 0 }),
    };
    const forged = { outcome: 'done', replayed: false, order: { id: orderId, order_number: 'FORGED' } };
    const strangers = createCommandSigner(`another ${secret}`);
    const answers: ((signed: Signed) => object)[] = [
      () => forged,
      (signed) => strangers.signReply(reply, signed),
      () => signer.signReply(reply, command),
      (signed) => signer.signReply(reply, signed),
    ];
    let calls = 0;
    const callActor = (_id: string, signed: unknown): Promise<unknown> =>
      Promise.resolve(answers[calls++]?.(signed as Signed));
    const client = createOrderClient({ callActor, signer, admission, log: pino({ level: 'silent' }) });
    expect(await client.send(request, 20_000)).toStrictEqual(reply);
    expect(calls).toBe(answers.length);
  });
});
