import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { StackDescription } from '../../scripts/stack-types.js';
import type { Answer, CallOptions, Driver } from '../support/driver.js';
import { createGrpcDriver } from '../support/drivers/grpc.js';
import { createGrpcDeskDriver, createRestDeskDriver, type DeskDriver } from '../support/drivers/desk.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { tokenFor } from '../support/tokens.js';
import { type Attempt, resultOf } from './attempts.js';

/** The calls of clients: the core ones, and those that hold an order. */
export type Calls = Driver & Pick<DeskDriver, 'hold' | 'release'>;

/** One way to a replica, or the checkout's way to any of them. */
export interface Gateway {
  readonly surface: Attempt['surface'];
  readonly replica: number | undefined;
  readonly driver: Pick<Calls, 'createOrder'> & Partial<Calls>;
}

const withDesk = (driver: Driver, { hold, release }: DeskDriver): Calls => ({ ...driver, hold, release });

/** The ways to every replica. */
export const gatewaysOf = (stack: StackDescription): readonly Gateway[] => {
  // Back at once after a break: the time it takes is not what is looked at here.
  const backoff = { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 200 };
  return stack.replicas.flatMap(({ number }): readonly Gateway[] => [
    {
      surface: 'REST',
      replica: number,
      driver: withDesk(createRestDriver(stack, number), createRestDeskDriver(stack, number)),
    },
    {
      surface: 'gRPC',
      replica: number,
      driver: withDesk(createGrpcDriver(stack, number, backoff), createGrpcDeskDriver(stack, number, backoff)),
    },
  ]);
};

/** A token of this caller, made anew before it is too old. */
export const createTokenOf = (stack: StackDescription): ((caller: Caller) => Promise<string>) => {
  const kept = new Map<string, { readonly token: Promise<string>; readonly until: number }>();
  return (caller) => {
    const name = `${caller.type} ${caller.id}`;
    const known = kept.get(name);
    if (known !== undefined && known.until > performance.now()) return known.token;
    const token = tokenFor(caller, stack);
    kept.set(name, { token, until: performance.now() + 240_000 });
    return token;
  };
};

/** One request by a driver. */
export type Send<A extends Answer> = (driver: Gateway['driver'], options: CallOptions) => Promise<A>;

/** The longest that a client waits: longer than a gateway tries (10 s), so that silence is that of a frozen process. */
const patienceMs = 15_000;

/** Sends one request and logs how it went; undefined where no answer came. */
export const attempt = async <A extends Answer>(
  call: string,
  gateway: Gateway,
  send: Send<A>,
  options: CallOptions,
  log: (attempt: Attempt) => void,
): Promise<{ readonly attempt: Attempt; readonly answer: A | undefined }> => {
  const { surface, replica, driver } = gateway;
  const start = performance.now();
  const waited = new AbortController();
  let fault = 'no answer';
  const answered = send(driver, options).catch((error: unknown) => {
    // What fetch throws: the connection broke. Its cause says how.
    const cause = types.isNativeError(error) ? (error.cause ?? error) : error;
    fault = types.isNativeError(cause)
      ? `${(cause as { code?: string }).code ?? ''} ${cause.message}`.trim()
      : String(cause);
    return undefined;
  });
  const silence = sleep(patienceMs, 'silence' as const, { signal: waited.signal }).catch(() => 'silence' as const);
  const outcome = await Promise.race([answered, silence]);
  waited.abort();
  const end = performance.now();
  const answer = outcome === 'silence' ? undefined : outcome;
  const result = outcome === 'silence' ? 'silent' : resultOf(surface, outcome);
  const told = answer === undefined ? fault : `${answer.status} ${answer.code ?? ''}`.trim();
  const logged: Attempt = { call, surface, replica, start, end, result, told };
  log(logged);
  return { attempt: logged, answer };
};
