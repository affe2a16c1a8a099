import assert from 'node:assert/strict';
import { expect, it } from '@jest/globals';
import { chainTime, createChain } from '../../../actors/chain.js';
import { type AuditRow, verifyJournal } from '../../../actors/journal-audit.js';
import { replay } from '../../../actors/rules/evolve.js';
import { sealJournal } from '../../../actors/seal.js';
import { noon, take } from '../../support/given.js';
import { placed, unpaid } from '../../support/sample-orders.js';

const chain = createChain('x'.repeat(32));
const word = 'FREETEXT';

it('moves the free texts of entries of earlier releases to their personal parts, before they get their hashes', () => {
  const journal = placed({ ...unpaid, metadata: { [word]: word } });
  const state = replay(journal);
  assert.ok(state);
  const edited = take({ state, journal }, { type: 'update', metadata: { again: word }, reason: word }, {});
  const over = take(edited, { type: 'cancel', reason: word }, {});
  const rows = over.journal.map(({ order_id, version, entry }): AuditRow => {
    const personal = 'personal' in entry && entry.personal !== undefined ? JSON.stringify(entry.personal) : null;
    return {
      ...{ order_id, version, type: entry.type, data: JSON.stringify(entry.data), personal },
      ...{ by_type: 'staff', by_id: 's', channel: 'rest', command_id: `c${version}`, traceparent: null },
      ...{
        at: chainTime(noon),
        sealed_at: null,
        hash: null,
        hash_key: null,
        personal_salt: null,
        personal_digest: null,
      },
    };
  });
  const sealedAt = chainTime(noon);
  const sealed = sealJournal(chain, { journal: rows }, sealedAt);
  assert.ok(sealed);
  expect(JSON.stringify(sealed.map(({ data }) => data))).not.toContain(word);
  const now = rows.map((row, n) => ({ ...row, ...sealed[n]!, sealed_at: sealedAt }));
  const { order } = over.state;
  const stored = {
    ...{ order_number: order.order_number, version: order.version, document: JSON.stringify(order) },
    ...{ requested_amount: '0', agrees: true },
  };
  expect(verifyJournal(chain, { order_id: order.id, journal: now, stored })).toMatchObject({ verified: true });
});
