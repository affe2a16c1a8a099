import { setTimeout as delay } from 'node:timers/promises';
import { types } from 'node:util';

/** One thing that must be true before a stack is ready. */
export interface ReadyCheck {
  /** For people: "order-service 1 answers on REST". */
  readonly what: string;
  /** What is still wrong, undefined when nothing is. */
  fault(): Promise<string | undefined>;
}

/**
 * Asks again until there is no fault, time is up, or it cannot get better any more.
 * @returns the last fault, undefined when all is well
 */
export async function poll(
  fault: () => Promise<string | undefined>,
  timeoutMs: number,
  mayGetBetter: () => boolean = () => true,
): Promise<string | undefined> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await fault();
    if (found === undefined) return undefined;
    if (!mayGetBetter() || Date.now() >= deadline) return found;
    await delay(100);
  }
}

/** The headers that a sidecar with this token demands. */
export function sidecarHeaders(daprApiToken: string | undefined): Record<string, string> {
  return daprApiToken === undefined ? {} : { 'dapr-api-token': daprApiToken };
}

/** A check that a URL answers 200. */
export function answersOk(what: string, url: string, headers: Record<string, string> = {}): ReadyCheck {
  return { what, fault: async () => (await getJson(url, headers)).fault };
}

/** A check that a sidecar has its app registered as a host of actors. */
export function hostsActors(what: string, daprUrl: string, daprApiToken?: string): ReadyCheck {
  return {
    what,
    async fault() {
      const answer = await getJson(`${daprUrl}/v1.0/metadata`, sidecarHeaders(daprApiToken));
      if (answer.fault !== undefined) return answer.fault;
      return isHostReady(answer.body) ? undefined : 'actor hosting is not ready';
    },
  };
}

function isHostReady(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('actorRuntime' in body)) return false;
  const runtime = body.actorRuntime;
  return typeof runtime === 'object' && runtime !== null && 'hostReady' in runtime && runtime.hostReady === true;
}

async function getJson(url: string, headers: Record<string, string>): Promise<{ fault?: string; body?: unknown }> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(2_000) });
    const text = await response.text();
    if (response.status !== 200) return { fault: `${url} answers ${response.status}` };
    return { body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text };
  } catch (error) {
    const cause = types.isNativeError(error) && types.isNativeError(error.cause) ? error.cause : error;
    const reason = types.isNativeError(cause) ? ('code' in cause ? String(cause.code) : cause.message) : String(cause);
    return { fault: `${url}: ${reason}` };
  }
}
