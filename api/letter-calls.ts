import type { Claim } from '../actors/bulk-requests.js';
import type { DeadLetters, DeadLetterView } from '../actors/dead-letters.js';
import type { CallContext } from './commands.js';
import { fail, ok, type Problem, type Result, unavailable } from './errors.js';
import type { TakeEvent } from './events/take-event.js';
import { isUuid } from './find-order.js';
import type { Acted, Once } from './repeats.js';
import { read } from './schemas/faults.js';
import { actionBody } from './schemas/staff.js';

/** What the calls on dead letters need. */
export interface LetterCallsDeps {
  readonly letters: DeadLetters;
  readonly takeEvent: TakeEvent;
  readonly once: Once;
}

type LetterCall = (id: string, input: unknown, context: CallContext) => Promise<Result<Acted<DeadLetterView>>>;

/** Reading and closing one dead letter, for callers who may. */
export interface LetterCalls {
  read(id: string): Promise<Result<DeadLetterView>>;
  /** Takes its event again; closed where that now applies or is overtaken. */
  readonly replay: LetterCall;
  /** Closes it without taking its event. */
  readonly discard: LetterCall;
}

/** The refusal of an action on something that is settled already. */
export const settled = (what: string, state: string): Problem => ({
  code: 'illegal_transition',
  detail: `The ${what} is ${state}.`,
});

/** The calls on one dead letter. */
export const createLetterCalls = ({ letters, takeEvent, once }: LetterCallsDeps): LetterCalls => {
  const letterOf = async (id: string): Promise<Result<DeadLetterView>> => {
    const letter = isUuid(id) ? await letters.get(id) : undefined;
    return letter === undefined ? fail({ code: 'not_found' }) : ok(letter);
  };

  const close = async (
    id: string,
    state: 'replayed' | 'discarded',
    note: string | undefined,
    { caller }: CallContext,
    claim: Claim | undefined,
  ): Promise<Result<DeadLetterView>> => {
    const isClosed = await letters.close(id, state, caller, note, claim);
    const letter = await letterOf(id);
    return letter.ok && !isClosed ? fail(settled('dead letter', letter.value.state)) : letter;
  };

  const acting =
    (
      what: 'replay' | 'discard',
      settle: (
        letter: DeadLetterView,
        note: string | undefined,
        context: CallContext,
        claim: Claim | undefined,
      ) => Promise<Result<DeadLetterView>>,
    ): LetterCall =>
    async (id, input, context) => {
      const body = read(actionBody, input ?? {});
      if (!body.ok) return body;
      const letter = await letterOf(id);
      if (!letter.ok) return letter;
      const { state } = letter.value;
      return once({
        context,
        of: { what, id: letter.value.id, ...body.value },
        act: async (claim) =>
          state === 'open'
            ? settle(letter.value, body.value.reason, context, claim)
            : fail(settled('dead letter', state)),
        present: () => letterOf(id),
      });
    };

  return {
    read: letterOf,
    replay: acting('replay', async ({ id, event_id, event_time, source, topic, payload }, reason, context, claim) => {
      const verdict = await takeEvent({ id: event_id, source, topic, time: event_time, data: payload });
      if (verdict.kind === 'retry') return fail(unavailable);
      if (verdict.kind === 'unfit') return fail({ code: 'illegal_transition', detail: verdict.reason });
      return close(id, 'replayed', reason, context, claim);
    }),
    discard: acting('discard', ({ id }, reason, context, claim) => close(id, 'discarded', reason, context, claim)),
  };
};
