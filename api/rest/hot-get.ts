import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { withIdAndInput } from '../call-input.js';
import type { Observe } from '../observed.js';
import type { Operations } from '../operations.js';
import { inServerSpan } from '../../observability/server-span.js';
import { base } from '../table/operation.js';
import { countAnswer, type OnAnswer, setCacheHeaders } from './app.js';
import { callContext } from '../headers.js';
import { type CallerOf, headersOf } from './context.js';
import { fail, type Problem, type Result } from '../errors.js';
import { writeProblem } from './problem.js';
import { countRequest, type RateLimits } from '../limits.js';
import type { Guard } from './security.js';
import { sendFound } from './send.js';
import type { StoredDocument } from '../../actors/order-reads.js';

/** What reading an order needs; all of it is what the Express app is given too. */
export interface HotGetDeps {
  readonly operations: Pick<Operations, 'getOrder'>;
  readonly observe: Observe;
  readonly callerOf: CallerOf;
  readonly limits: RateLimits;
  readonly guards: readonly Guard[];
  readonly onAnswer: OnAnswer;
  readonly log: Logger;
}

const channel = 'rest';
const route = `${base}/:id`;
const hotPath = /^\/api\/v1\/orders\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** The order that a plain read names: by its id, without query or body; undefined for every other request. */
const plainlyRead = ({ method, url = '', headers }: IncomingMessage): string | undefined =>
  method === 'GET' && headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
    ? hotPath.exec(url)?.[1]
    : undefined;

const noDryRun = { path: 'dry_run', value: undefined, supported: false };
const noQuery = {};

/** Goes through the guards, each of which goes on at once or answers, and then does the work. */
const through = (
  guards: readonly Guard[],
  request: IncomingMessage,
  response: ServerResponse,
  work: () => void,
): void => {
  const [first, ...others] = guards;
  if (first === undefined) work();
  else
    first(request, response, () => {
      through(others, request, response, work);
    });
};

/**
 * Answers the most frequent call, `GET /api/v1/orders/{id}`, ahead of Express, which costs more than the read itself
 * (docs/performance.md). The steps, their order, headers and errors are those of the app, by the same functions; a path with
 * a query, an order number or a body takes the app's way.
 */
export const withHotGet = (app: RequestListener, deps: HotGetDeps): RequestListener => {
  const { operations, observe, callerOf, limits, guards, onAnswer, log } = deps;
  const getOrder = observe('get_order', withIdAndInput(operations.getOrder));

  const find = async (
    id: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Result<StoredDocument>> => {
    const caller = await callerOf(request);
    if (!caller.ok) return caller;
    const beyond = await countRequest(limits, caller.value, (name, value) => response.setHeader(name, value));
    if (beyond !== undefined) return fail(beyond);
    const header = headersOf(request);
    const context = callContext(header, { caller: caller.value, channel }, noDryRun);
    return context.ok ? getOrder({ id, key: '', input: noQuery, header }, context.value) : context;
  };

  const answer = async (id: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let code: string | undefined;
    countAnswer(response, channel, onAnswer, () => code);
    const refuse = (problem: Problem): void => {
      ({ code } = problem);
      writeProblem(response, problem);
    };
    try {
      const found = await find(id, request, response);
      if (found.ok) sendFound(response, found.value, request);
      else refuse(found.problem);
    } catch (error) {
      log.error({ err: error, method: 'GET', route: '/:id' }, 'request failed');
      if (response.headersSent) response.destroy();
      else refuse({ code: 'internal' });
    }
  };

  return (request, response) => {
    const id = plainlyRead(request);
    if (id === undefined) {
      app(request, response);
      return;
    }
    inServerSpan(
      request,
      response,
      () => ({ route, parameters: { id } }),
      () => {
        through(guards, request, response, () => {
          setCacheHeaders(response);
          void answer(id, request, response);
        });
      },
    );
  };
};
