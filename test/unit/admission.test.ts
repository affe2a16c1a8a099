import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Admission, createAdmission } from '../../actors/admission.js';

describe('Admission', () => {
  let admission: Admission;
  let now = 0;

  /** Moves timers and clock together, in small steps. */
  const pass = async (milliseconds: number): Promise<void> => {
    for (let passed = 0; passed < milliseconds; passed += 10) {
      now += 10;
      jest.advanceTimersByTime(10);
      await Promise.resolve();
    }
  };

  const asked = () => {
    const answers: boolean[] = [];
    return {
      answers,
      enter: (): void => {
        void admission.enter().then((answer) => answers.push(answer));
      },
    };
  };

  beforeEach(() => {
    now = 0;
    jest.useFakeTimers({
      doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate', 'setInterval', 'performance'],
    });
    admission = createAdmission(
      { atOnce: 2, burstWaitMs: 5_000, overloadedAfterMs: 1_000, overloadedWaitMs: 100, overloadedWaiting: 2 },
      () => now,
    );
  });

  afterEach(() => void jest.useRealTimers());

  it('admits up to the limit, then the next in order of arrival when one finishes', async () => {
    const [first, second] = [asked(), asked()];
    expect(await Promise.all([admission.enter(), admission.enter()])).toStrictEqual([true, true]);
    first.enter();
    second.enter();
    await pass(10);
    expect([first.answers, second.answers]).toStrictEqual([[], []]);
    admission.leave();
    await pass(10);
    expect([first.answers, second.answers]).toStrictEqual([[true], []]);
    admission.leave();
    await pass(10);
    expect(second.answers).toStrictEqual([true]);
  });

  it('has as many places after a wait as before', async () => {
    await Promise.all([admission.enter(), admission.enter()]);
    const late = asked();
    late.enter();
    admission.leave();
    admission.leave();
    admission.leave();
    expect(await Promise.all([admission.enter(), admission.enter()])).toStrictEqual([true, true]);
    const third = asked();
    third.enter();
    await pass(10);
    expect(third.answers).toStrictEqual([]);
  });

  it('queues a burst, and refuses it in the end', async () => {
    await Promise.all([admission.enter(), admission.enter()]);
    const burst = asked();
    burst.enter();
    await pass(4_980);
    expect(burst.answers).toStrictEqual([]);
    await pass(40);
    expect(burst.answers).toStrictEqual([false]);
  });

  it('refuses new work soon once a wait has reached the limit, and stops when the queue is empty', async () => {
    await Promise.all([admission.enter(), admission.enter()]);
    const [patient, newcomer, later] = [asked(), asked(), asked()];
    patient.enter();
    await pass(1_100);
    newcomer.enter();
    await pass(120);
    expect([patient.answers, newcomer.answers]).toStrictEqual([[], [false]]);
    admission.leave();
    await pass(10);
    expect(patient.answers).toStrictEqual([true]);
    later.enter();
    await pass(200);
    expect(later.answers).toStrictEqual([]);
  });

  it('is full while it is overloaded and the queue is long: new work is refused at once, queued work is not', async () => {
    await Promise.all([admission.enter(), admission.enter()]);
    const [patient, another, newcomer] = [asked(), asked(), asked()];
    patient.enter();
    another.enter();
    // a burst
    expect(admission.isFull()).toBe(false);
    await pass(1_100);
    expect(admission.isFull()).toBe(true);
    newcomer.enter();
    await pass(10);
    expect([patient.answers, another.answers, newcomer.answers]).toStrictEqual([[], [], [false]]);
    admission.leave();
    await pass(10);
    expect(patient.answers).toStrictEqual([true]);
    // there is room for one to wait
    expect(admission.isFull()).toBe(false);
  });
});
