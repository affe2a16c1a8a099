import type { Server } from '@grpc/grpc-js';
import { Router } from 'express';
import type { Channel } from '../../actors/command-envelope.js';
import type { Call } from '../caller.js';
import type { Around } from '../grpc/rpc.js';
import { readableQuery, readBody } from '../rest/bodies.js';
import { permitted } from '../rest/caller.js';
import { allowing } from '../rest/handle.js';
import { analyticsOperations } from './analytics.js';
import { auditOperations } from './audit.js';
import { deskOperations } from './desk.js';
import { base, type Handlers, type Operation } from './operation.js';
import { orderOperations } from './orders.js';
import { staffOperations } from './staff.js';
import { watchOperations } from './watch.js';

/**
 * Every call that needs a token. Fixed paths come before those with an id in the same place, since Express takes the first
 * route that matches.
 */
export const operationTable: readonly Operation[] = [
  ...staffOperations,
  ...auditOperations,
  ...watchOperations,
  ...deskOperations,
  ...orderOperations,
  ...analyticsOperations,
];

/** The names of all calls in metrics and logs. */
export const callNames: readonly string[] = operationTable.map(({ observedAs }) => observedAs);

/** The permission that each call over gRPC needs, by its path: `/order.v1.OrderService/CreateOrder` and the like. */
export const callsByRpc: ReadonlyMap<string, Call> = new Map(
  operationTable.flatMap(({ rpc, call }) => (rpc === undefined ? [] : [[rpc.path, call]])),
);

/** Puts the rows that gRPC has on its server. */
export const mountRpcs = (server: Server, handlers: Handlers, around: Around): void => {
  for (const { rpc } of operationTable) rpc?.mount(server, handlers, around);
};

const expressPath = (path: string): string => path.slice(base.length).replace(/\{(\w+)\}/g, ':$1') || '/';

/** The rows as an Express router below the base path: a known path answers other methods with 405 and `Allow`. */
export const tableRoutes = (handlers: Handlers, channel: Channel): Router => {
  const router = Router();
  const paths = new Set(operationTable.map(({ path }) => path));
  for (const path of paths) {
    const rows = operationTable.filter((row) => row.path === path);
    const route = router.route(expressPath(path));
    for (const row of rows) {
      const reading = row.body === undefined ? [] : readBody(row.longBody === true ? 'long' : 'usual');
      route[row.method](permitted(row.call), readableQuery, ...reading, row.serve(handlers, channel));
    }
    route.all(allowing(...rows.map(({ method }) => method.toUpperCase()).sort()));
  }
  return router;
};
