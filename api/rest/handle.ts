import type { ServerResponse } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { Channel } from '../../actors/command-envelope.js';
import type { CallContext } from '../commands.js';
import type { Fault } from '../../actors/rules/refusal.js';
import type { Result } from '../errors.js';
import { invalid } from '../schemas/faults.js';
import { callContext, callerIn } from './context.js';
import { sendProblem } from './problem.js';

/** A call of an operation, with what it needs of the request. */
export type Call<T> = (request: Request, context: CallContext) => Promise<Result<T>>;

/** How its value is sent. */
export type Send<T> = (response: Response, value: T, request: Request) => void;

/** Which query parameters a call takes. */
interface Takes {
  /** `dry_run`. */
  readonly dryRun: boolean;
  /** Others, which the operation reads itself. */
  readonly query: boolean;
}

/** Parameters of a call that takes none: a `dry_run` with a typing error must not become the real thing. */
const unknownParameters = ({ query }: Request): readonly Fault[] =>
  Object.keys(query)
    .filter((name) => name !== 'dry_run')
    .map((path) => ({ path, message: 'is not known' }));

/** Makes handlers: query and headers read, operation called, value or problem sent. */
export const answering =
  (channel: Channel, takes: Takes = { dryRun: false, query: false }) =>
  <T>(call: Call<T>, send: Send<T>): RequestHandler =>
  async (request, response) => {
    const unknown = takes.query ? [] : unknownParameters(request);
    const asked = { dryRun: request.query['dry_run'], canDryRun: takes.dryRun };
    const context = unknown.length === 0 ? callContext(request, callerIn(response), channel, asked) : invalid(unknown);
    const result = context.ok ? await call(request, context.value) : context;
    if (result.ok) send(response, result.value, request);
    else sendProblem(response, result.problem);
  };

/** What the other methods of a known path answer. */
export const allowing =
  (...methods: readonly string[]): RequestHandler =>
  (_request, response) => {
    sendProblem(response, { code: 'method_not_allowed', allow: methods });
  };

/** A part of the path. */
export const parameter = (request: Request, name: string): string => String(request.params[name]);

/** Sends JSON text that is ready, without the questions that Express would ask of it. */
export const sendText = (response: ServerResponse, status: number, text: string): void => {
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
};

/** Sends a value as JSON. */
export const sendJson = (response: Response, value: object): void => {
  sendText(response, 200, JSON.stringify(value));
};
