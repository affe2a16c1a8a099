import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'express';
import type { Faults, ServiceName } from './faults.js';
import { Problem } from './problem.js';

/**
 * Does the work of a service and answers it, as the service's fault mode has it. `work` resolves to what sends the
 * answer. Throws a `Problem` for refused, rejected and failed requests. What is done is not rejected when it is asked for
 * again (`isRepeat`).
 */
export async function misbehave(
  faults: Faults,
  service: ServiceName,
  res: Response,
  work: () => Promise<() => void>,
  isRepeat: () => boolean = () => false,
): Promise<void> {
  const fault = faults.draw(service);
  if (fault.mode === 'refuse') throw new Problem(503, 'unavailable', `${service} is set to refuse.`);
  if (fault.mode === 'reject' && !isRepeat()) throw new Problem(422, 'rejected', `${service} is set to reject.`);
  const answer = await work();
  if (fault.mode === 'fail') throw new Problem(500, 'internal', `${service} is set to fail after its work.`);
  if (fault.mode === 'hang') return;
  if (fault.mode === 'slow') await sleep(fault.delay_ms, undefined, { ref: false });
  if (!res.destroyed) answer();
}
