import assert from 'node:assert/strict';
import { beforeEach, describe, it, mock } from 'node:test';
import { type Admission, createAdmission } from '../../actors/admission.js';

describe('Admission', () => {
  let admission: Admission;
  let now = 0;

  /** Moves timers and clock together, in small steps. */
  const pass = async (milliseconds: number): Promise<void> => {
    for (let passed = 0; passed < milliseconds; passed += 10) {
      now += 10;
      mock.timers.tick(10);
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

  beforeEach((context) => {
    now = 0;
    mock.timers.enable({ apis: ['setTimeout'] });
    admission = createAdmission(
      { atOnce: 2, burstWaitMs: 5_000, overloadedAfterMs: 1_000, overloadedWaitMs: 100, overloadedWaiting: 2 },
      () => now,
    );
    if ('after' in context) context.after(() => mock.timers.reset());
  });

  it('lets in as many as may be at work, the next when one leaves, first come first served', async () => {
    const [first, second] = [asked(), asked()];
    assert.deepEqual(await Promise.all([admission.enter(), admission.enter()]), [true, true]);
    first.enter();
    second.enter();
    await pass(10);
    assert.deepEqual([first.answers, second.answers], [[], []]);
    admission.leave();
    await pass(10);
    assert.deepEqual([first.answers, second.answers], [[true], []]);
    admission.leave();
    await pass(10);
    assert.deepEqual(second.answers, [true]);
  });

  it('has as many places after a wait as before', async () => {
    await Promise.all([admission.enter(), admission.enter()]);
    const late = asked();
    late.enter();
    admission.leave();
    admission.leave();
    admission.leave();
    assert.deepEqual(await Promise.all([admission.enter(), admission.enter()]), [true, true]);
    const third = asked();
    third.enter();
    await pass(10);
    assert.deepEqual(third.answers, []);
  });

  it('lets a burst wait, and turns it away in the end', async () => {
    await Promise.all([admission.enter(), admission.enter()]);
    const burst = asked();
    burst.enter();
    await pass(4_980);
    assert.deepEqual(burst.answers, []);
    await pass(40);
    assert.deepEqual(burst.answers, [false]);
  });

  it('turns newcomers away soon once somebody has waited all the time, and stops when nobody waits', async () => {
    await Promise.all([admission.enter(), admission.enter()]);
    const [patient, newcomer, later] = [asked(), asked(), asked()];
    patient.enter();
    await pass(1_100);
    newcomer.enter();
    await pass(120);
    assert.deepEqual([patient.answers, newcomer.answers], [[], [false]]);
    admission.leave();
    await pass(10);
    assert.deepEqual(patient.answers, [true]);
    later.enter();
    await pass(200);
    assert.deepEqual(later.answers, []);
  });

  it('is full while it is overloaded and enough wait: newcomers are turned away at once, nobody else is', async () => {
    await Promise.all([admission.enter(), admission.enter()]);
    const [patient, another, newcomer] = [asked(), asked(), asked()];
    patient.enter();
    another.enter();
    assert.equal(admission.isFull(), false, 'a burst');
    await pass(1_100);
    assert.equal(admission.isFull(), true);
    newcomer.enter();
    await pass(10);
    assert.deepEqual([patient.answers, another.answers, newcomer.answers], [[], [], [false]]);
    admission.leave();
    await pass(10);
    assert.deepEqual(patient.answers, [true]);
    assert.equal(admission.isFull(), false, 'there is room for one to wait');
  });
});
