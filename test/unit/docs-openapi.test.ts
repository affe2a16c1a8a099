import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Router } from 'express';
import type { z } from 'zod';
import { requestSchemas } from '../../api/openapi/components.js';
import { openApiDocument } from '../../api/openapi/document.js';
import { requestExamples } from '../../api/openapi/examples.js';
import { documentationPage } from '../../api/openapi/page.js';
import type { AnalyticsOperations } from '../../api/analytics-operations.js';
import type { Operations } from '../../api/operations.js';
import { analyticsRoutes } from '../../api/rest/analytics.js';
import { healthRoutes, probeRoutes } from '../../api/rest/health.js';
import { documentationRoutes } from '../../api/rest/openapi.js';
import { orderRoutes } from '../../api/rest/orders.js';
import { staffRoutes } from '../../api/rest/staff.js';
import { createOrderReader } from '../../api/schemas/create-order.js';
import type { StaffOperations } from '../../api/staff-operations.js';
import { OrderServiceService } from '../../proto/gen/order/v1/order.js';
import { OrderStaffServiceService } from '../../proto/gen/order/v1/staff.js';
import { projectRoot } from '../../scripts/paths.js';

const base = '/api/v1/orders';
const document = openApiDocument('US');
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
);

const readJson = (...path: readonly string[]): unknown => JSON.parse(readFileSync(join(projectRoot, ...path), 'utf8'));

/** The routes of a router, as the document writes them. */
const routesOf = (router: Router, at: string): readonly string[] =>
  router.stack.flatMap(({ route }) => {
    if (route === undefined) return [];
    const path = `${at}${route.path}`.replace(/\/$/, '').replace(/:(\w+)/g, '{$1}');
    const methods = new Set(
      route.stack.map(({ method }: { readonly method?: string }) => method).filter((method) => method !== undefined),
    );
    return [...methods].map((method) => `${method} ${path}`);
  });

const refsIn = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
};

describe('the OpenAPI document', () => {
  it('is the one in docs/openapi.json', () => {
    assert.deepEqual(
      readJson('docs', 'openapi.json'),
      JSON.parse(JSON.stringify(document)),
      'run `npm run openapi` and look at the difference',
    );
  });

  it('has the version of package.json', () => {
    assert.equal(document.info.version, (readJson('package.json') as { version: string }).version);
  });

  it('has every route, and no other', () => {
    const never = (): never => assert.fail('nobody calls');
    const routes = [
      ...routesOf(orderRoutes({} as Operations, 'rest'), base),
      ...routesOf(staffRoutes({} as StaffOperations, 'rest'), base),
      ...routesOf(analyticsRoutes({} as AnalyticsOperations, 'rest'), base),
      ...routesOf(healthRoutes({ dependencies: never }), base),
      ...routesOf(probeRoutes({ readiness: never }), ''),
      ...routesOf(documentationRoutes('US'), ''),
    ];
    assert.deepEqual(operations.map(({ name }) => name).sort(), [...routes].sort());
  });

  it('names every gRPC call, at the operation that is the same', () => {
    const services = [OrderServiceService, OrderStaffServiceService];
    const known = services.flatMap((service) =>
      Object.values<{ readonly path: string }>({ ...service }).map(({ path }) => path.slice(1)),
    );
    const named = operations.flatMap(({ operation: { 'x-grpc-method': name } }) => (name === undefined ? [] : [name]));
    assert.deepEqual([...named].sort(), [...known].sort());
  });

  it('has what it refers to', () => {
    const { components } = document;
    const parts = Object.entries(components).flatMap(([kind, named]) =>
      Object.keys(named).map((name) => `#/components/${kind}/${name}`),
    );
    const missing = refsIn(document).filter((ref) => !parts.includes(ref));
    assert.deepEqual(missing, []);
  });

  it('gives each operation an id, words and answers of its own', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const { name, operation } of operations) {
      assert.match(operation.summary, /^[A-Z].*[^.]$/, name);
      assert.match(operation.description, /\.$/, name);
      assert.ok(Object.keys(operation.responses).length > 0, name);
    }
  });

  it('explains every field', () => {
    const silent = Object.entries(document.components.schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties)
        .filter(([, field]) => typeof field === 'boolean' || field.description === undefined)
        .map(([field]) => `${name}.${field}`),
    );
    assert.deepEqual(silent, []);
  });

  it('has examples that work', () => {
    const schemas: Readonly<Record<string, z.ZodType>> = requestSchemas('US');
    for (const [name, example] of Object.entries(requestExamples)) {
      const read = schemas[name]?.safeParse(example);
      assert.ok(read?.success, `${name}: ${read?.error?.message ?? 'unknown'}`);
    }
    const rules = { guestCheckout: true, multipleWarehouses: true, promotions: true };
    assert.deepEqual(createOrderReader('US', rules)(requestExamples.CreateOrderRequest, 'test').ok, true);
  });
});

describe('the documentation page', () => {
  const page = documentationPage(document);

  it('loads nothing and runs nothing, so that any policy lets it through', () => {
    assert.doesNotMatch(page, /<script|<link rel="stylesheet|<img|@import|url\(|\son\w+=/);
    assert.doesNotMatch(page, /(?:src|href)="https?:/);
  });

  it('shows every operation, schema and problem, and its links lead somewhere', () => {
    for (const { operation } of operations) assert.ok(page.includes(`id="${operation.operationId}"`));
    for (const name of Object.keys(document.components.schemas)) assert.ok(page.includes(`id="schema-${name}"`));
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    const ids = new Set([...page.matchAll(/id="([^"]+)"/g)].map(([, id]) => id));
    assert.deepEqual([...new Set(targets.filter((id) => !ids.has(id)))], []);
  });
});
