import type { Reply } from './command-envelope.js';

/** What an actor has lately said no to, by the signature of the command. */
export interface Refusals {
  /** The answer to this very command, if it was no. */
  answerTo(signature: string): Reply | undefined;
  /** Keeps an answer that is no. */
  keep(signature: string, reply: Reply): void;
}

/** Longer than any gateway waits, and clocks may differ: after that a command is too old to be taken. */
const keptMs = 65_000;
/** More than may wait for one order at all replicas together. */
const most = 512;

/** Whether it has to be kept: commands that were done have a receipt, and a failure may not happen again. */
const isNo = ({ outcome }: Reply): boolean => outcome === 'refused' || outcome === 'stale' || outcome === 'conflict';

/**
 * A gateway sends a command a second time when there is no answer for a while (order-client.ts), and takes the first answer. If
 * that is no, the other copy may still wait for its turn here, and the order may be another by then: it must not be done
 * after the client was told no. So it gets the same answer. What the client itself sends again has another signature, and is
 * decided anew.
 *
 * @param now milliseconds
 */
export const createRefusals = (now: () => number): Refusals => {
  const answers = new Map<string, { readonly reply: Reply; readonly until: number }>();

  const forgetOld = (time: number): void => {
    for (const [signature, { until }] of answers) {
      if (until > time && answers.size < most) return;
      answers.delete(signature);
    }
  };

  return {
    answerTo: (signature) => {
      const known = answers.get(signature);
      return known !== undefined && known.until > now() ? known.reply : undefined;
    },
    keep: (signature, reply) => {
      if (!isNo(reply)) return;
      const time = now();
      forgetOld(time);
      answers.set(signature, { reply, until: time + keptMs });
    },
  };
};
