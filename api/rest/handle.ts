import type { ServerResponse } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { Channel } from '../../actors/command-envelope.js';
import type { Fault } from '../../actors/rules/refusal.js';
import type { CallInput, Work } from '../call-input.js';
import { callContext } from '../headers.js';
import { invalid } from '../schemas/faults.js';
import { callerIn, headersOf } from './context.js';
import { sendProblem } from './problem.js';

/** How the value of a call is sent. */
export type Send<T> = (response: Response, value: T, request: Request) => void;

/** Where a call finds its input. */
export interface Takes {
  /** The parameters of the path, the order or dead letter before the effect. */
  readonly path: readonly string[];
  /** Whether it takes `dry_run`. */
  readonly dryRun: boolean;
  /** What the operation reads itself; undefined: no parameter but `dry_run` is known. */
  readonly input: 'body' | 'query' | undefined;
}

/** Parameters of a call that takes none: a `dry_run` with a typing error must not become the real thing. */
const unknownParameters = (query: Request['query']): readonly Fault[] =>
  Object.keys(query)
    .filter((name) => name !== 'dry_run')
    .map((path) => ({ path, message: 'is not known' }));

/** A part of the path. */
export const parameter = (request: Request, name: string): string => String(request.params[name]);

/** Makes handlers: query and headers read, operation called, value or problem sent. */
export const answering = <T>(channel: Channel, takes: Takes, work: Work<T>, send: Send<T>): RequestHandler => {
  const [id, key] = takes.path;
  return async (request, response) => {
    // Express parses it anew each time that it is asked.
    const { query } = request;
    const unknown = takes.input === 'query' ? [] : unknownParameters(query);
    const header = headersOf(request);
    const dryRun = { path: 'dry_run', value: query['dry_run'], supported: takes.dryRun };
    const context =
      unknown.length === 0 ? callContext(header, { caller: callerIn(response), channel }, dryRun) : invalid(unknown);
    const asked: CallInput = {
      id: id === undefined ? '' : parameter(request, id),
      key: key === undefined ? '' : parameter(request, key),
      input: takes.input === 'body' ? request.body : query,
      header,
    };
    const result = context.ok ? await work(asked, context.value) : context;
    if (result.ok) send(response, result.value, request);
    else sendProblem(response, result.problem);
  };
};

/** What the other methods of a known path answer. */
export const allowing =
  (...methods: readonly string[]): RequestHandler =>
  (_request, response) => {
    sendProblem(response, { code: 'method_not_allowed', allow: methods });
  };

/** Sends JSON text that is ready, without the questions that Express would ask of it. */
export const sendText = (response: ServerResponse, status: number, text: string): void => {
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
};

/** Sends a value as JSON. */
export const sendJson = (response: Response, value: object): void => {
  sendText(response, 200, JSON.stringify(value));
};
