import { base, type OperationSpec } from './operation.js';

const report = 'Each dependency with its state and latency.';

/** The public routes, which need no token. Served by the health and documentation routers. */
export const publicOperations: readonly OperationSpec[] = [
  {
    path: `${base}/health`,
    method: 'get',
    id: 'getHealth',
    tag: 'Health',
    summary: 'Whether the process answers',
    description: 'Looks at nothing else.',
    answers: { 200: { description: 'It does.', schema: 'Health' } },
  },
  {
    path: `${base}/health/dependencies`,
    method: 'get',
    id: 'getDependencyHealth',
    tag: 'Health',
    summary: 'How the dependencies are',
    description: 'Postgres, Redis, the Dapr sidecar, actor hosting and other services, looked at now.',
    answers: {
      200: { description: report, schema: 'DependencyReport' },
      503: { description: `A required one is down. ${report}`, schema: 'DependencyReport' },
    },
  },
  {
    path: '/livez',
    method: 'get',
    id: 'getLiveness',
    tag: 'Health',
    summary: 'Liveness',
    description: '200 while the event loop turns: restart the process when it does not answer.',
    answers: { 200: { description: 'Alive.', schema: 'Probe' } },
  },
  {
    path: '/readyz',
    method: 'get',
    id: 'getReadiness',
    tag: 'Health',
    summary: 'Readiness',
    description:
      '200 only while Postgres answers and the sidecar hosts actors, looked at once a second at most; 503 also from the ' +
      'moment the process is asked to stop.',
    answers: {
      200: { description: 'Send requests here.', schema: 'Probe' },
      503: { description: 'Send none.', schema: 'Probe' },
    },
  },
  {
    path: `${base}/openapi.json`,
    method: 'get',
    id: 'getOpenApi',
    tag: 'Documentation',
    summary: 'This document',
    description: 'OpenAPI 3.1.',
    parameters: ['If-None-Match'],
    answers: {
      200: { description: 'The document.', mediaTypes: ['application/json'], headers: ['ETag', 'Cache-Control'] },
      304: { description: 'Not changed since.', headers: ['ETag'] },
    },
  },
  {
    path: `${base}/docs`,
    method: 'get',
    id: 'getDocs',
    tag: 'Documentation',
    summary: 'This document as a page',
    description: 'For people, who can try each call on it; loads nothing from elsewhere.',
    parameters: ['If-None-Match'],
    answers: {
      200: { description: 'The page.', mediaTypes: ['text/html'], headers: ['ETag', 'Cache-Control'] },
      304: { description: 'Not changed since.', headers: ['ETag'] },
    },
  },
  {
    path: `${base}/asyncapi.json`,
    method: 'get',
    id: 'getAsyncApi',
    tag: 'Documentation',
    summary: 'The AsyncAPI document',
    description: 'AsyncAPI 3.0: every event that the service publishes or consumes.',
    parameters: ['If-None-Match'],
    answers: {
      200: { description: 'The document.', mediaTypes: ['application/json'], headers: ['ETag', 'Cache-Control'] },
      304: { description: 'Not changed since.', headers: ['ETag'] },
    },
  },
  {
    path: `${base}/proto/order.proto`,
    method: 'get',
    id: 'getOrderProto',
    tag: 'Documentation',
    summary: 'The protocol buffers of the order service',
    description: '`order.v1.OrderService` and its messages.',
    parameters: ['If-None-Match'],
    answers: {
      200: { description: 'The document.', mediaTypes: ['text/plain'], headers: ['ETag', 'Cache-Control'] },
      304: { description: 'Not changed since.', headers: ['ETag'] },
    },
  },
  {
    path: `${base}/proto/staff.proto`,
    method: 'get',
    id: 'getStaffProto',
    tag: 'Documentation',
    summary: 'The protocol buffers of the staff service',
    description: '`order.v1.OrderStaffService` and its messages.',
    parameters: ['If-None-Match'],
    answers: {
      200: { description: 'The document.', mediaTypes: ['text/plain'], headers: ['ETag', 'Cache-Control'] },
      304: { description: 'Not changed since.', headers: ['ETag'] },
    },
  },
  {
    path: `${base}/proto/analytics.proto`,
    method: 'get',
    id: 'getAnalyticsProto',
    tag: 'Documentation',
    summary: 'The protocol buffers of the figures',
    description: 'The messages of `order.v1.OrderStaffService` that carry analytics.',
    parameters: ['If-None-Match'],
    answers: {
      200: { description: 'The document.', mediaTypes: ['text/plain'], headers: ['ETag', 'Cache-Control'] },
      304: { description: 'Not changed since.', headers: ['ETag'] },
    },
  },
  {
    path: '/problems/{code}',
    method: 'get',
    id: 'getProblemType',
    tag: 'Documentation',
    summary: 'What a problem means',
    description: 'Where `type` of every problem leads: JSON, or a page for who prefers `text/html`.',
    parameters: ['ProblemCode'],
    answers: {
      200: {
        description: 'Meaning and remedy.',
        schema: 'ProblemType',
        mediaTypes: ['application/json', 'text/html'],
      },
    },
    problems: ['not_found', 'validation_failed'],
  },
];
