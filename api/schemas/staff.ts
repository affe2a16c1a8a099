import { z } from 'zod';
import { deadLetterStates } from '../../actors/dead-letters.js';
import { effectStates } from '../../actors/ledger.js';
import { readDeadLetterToken, readLedgerToken } from '../page-token.js';
import { many, page } from './requests.js';
import { text } from './text.js';

const lookedUp = effectStates.filter((state) => state !== 'done' && state !== 'withdrawn');

/** Effects over all orders: by default those that staff must look at. Done ones are read with their order. */
export const effectsQuery = z.strictObject({
  state: many(z.enum(lookedUp, `must be one of ${lookedUp.join(', ')}`))
    .default(['rejected', 'dead'])
    .describe('Repeatable; any of them. By default `rejected` and `dead`.'),
  ...page(readLedgerToken),
});

/** Why a person acts. */
export const actionBody = z
  .strictObject({ reason: text(2_000).optional().describe('Why; kept in the history.') })
  .meta({ examples: [{ reason: 'the warehouse is back' }] });

/** Dead letters of one state. */
export const deadLettersQuery = z.strictObject({
  state: z
    .enum(deadLetterStates, `must be one of ${deadLetterStates.join(', ')}`)
    .default('open')
    .describe('Only letters in this state.'),
  ...page(readDeadLetterToken),
});
