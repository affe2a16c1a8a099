import { describe, it } from '@jest/globals';

/** Why a test does not apply here, to be read in its title; `false` where it does. */
export type Reason = string | false;

type Test = (title: string, body: () => void | Promise<void>) => void;
type Group = (title: string, body: () => void) => void;

/** `it`, skipped with the reason in its title where there is one. */
export const itUnless = (reason: Reason): Test =>
  reason === false ? it : (title, body) => it.skip(`${title} (${reason})`, body);

/** `describe`, skipped with the reason in its title where there is one. */
export const describeUnless = (reason: Reason): Group =>
  reason === false ? describe : (title, body) => describe.skip(`${title} (${reason})`, body);
