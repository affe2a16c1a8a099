import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Router } from 'express';
import { requestSchemas } from '../../api/openapi/components.js';
import { openApiDocument } from '../../api/openapi/document.js';
import { exampleOf } from '../../api/openapi/json-schemas.js';
import type { SchemaObject } from '../../api/openapi/types.js';
import { healthRoutes, probeRoutes } from '../../api/rest/health.js';
import { documentationRoutes } from '../../api/rest/openapi.js';
import { createOrderReader } from '../../api/schemas/create-order.js';
import { tableRoutes } from '../../api/table/table.js';
import { OrderServiceService } from '../../proto/gen/order/v1/order.js';
import { OrderStaffServiceService } from '../../proto/gen/order/v1/staff.js';
import { projectRoot } from '../../scripts/paths.js';
import { noHandlers } from './api/no-handlers.js';

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

/** The paths of fields without a description, at any depth. */
const silentIn = (schema: SchemaObject | boolean, at: string): readonly string[] => {
  if (typeof schema === 'boolean') return [];
  const { properties = {}, items, anyOf = [], oneOf = [] } = schema;
  const fields = Object.entries(properties).flatMap(([name, field]) => {
    const path = `${at}.${name}`;
    const silent = typeof field === 'boolean' || field.description === undefined;
    return [...(silent ? [path] : []), ...silentIn(field, path)];
  });
  const inner = [items ?? [], anyOf, oneOf].flat().flatMap((one) => silentIn(one, at));
  return [...fields, ...inner];
};

describe('the OpenAPI document', () => {
  it('is the one in docs/openapi.json', () => {
    // run `npm run openapi` and look at the difference
    expect(readJson('docs', 'openapi.json')).toStrictEqual(JSON.parse(JSON.stringify(document)));
  });

  it('has the version of package.json', () => {
    expect(document.info.version).toBe((readJson('package.json') as { version: string }).version);
  });

  it('has every route, and no other', () => {
    const never = (): never => assert.fail('nobody calls');
    const routes = [
      ...routesOf(tableRoutes(noHandlers, 'rest'), base),
      ...routesOf(healthRoutes({ dependencies: never }), base),
      ...routesOf(probeRoutes({ readiness: never }), ''),
      ...routesOf(documentationRoutes('US', projectRoot), ''),
    ];
    expect(operations.map(({ name }) => name).sort()).toStrictEqual([...routes].sort());
  });

  it('names every gRPC call, at the operation that is the same', () => {
    const services = [OrderServiceService, OrderStaffServiceService];
    const known = services.flatMap((service) =>
      Object.values<{ readonly path: string }>({ ...service }).map(({ path }) => path.slice(1)),
    );
    const named = operations.flatMap(({ operation: { 'x-grpc-method': name } }) => (name === undefined ? [] : [name]));
    expect([...named].sort()).toStrictEqual([...known].sort());
  });

  it('has what it refers to', () => {
    const { components } = document;
    const parts = Object.entries(components).flatMap(([kind, named]) =>
      Object.keys(named).map((name) => `#/components/${kind}/${name}`),
    );
    const missing = refsIn(document).filter((ref) => !parts.includes(ref));
    expect(missing).toStrictEqual([]);
  });

  it('gives each operation an id, words and answers of its own', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids).toStrictEqual([...new Set(ids)]);
    for (const { name, operation } of operations) {
      assert.match(operation.summary, /^[A-Z].*[^.]$/, name);
      assert.match(operation.description, /\.$/, name);
      assert.ok(Object.keys(operation.responses).length > 0, name);
    }
  });

  it('explains every field', () => {
    const silent = Object.entries(document.components.schemas).flatMap(([name, schema]) => silentIn(schema, name));
    expect(silent).toStrictEqual([]);
    const parameters = operations.flatMap(({ name, operation }) =>
      operation.parameters.flatMap((one) => ('name' in one && one.description === '' ? [`${name} ${one.name}`] : [])),
    );
    expect(parameters).toStrictEqual([]);
  });

  it('states the lengths and formats that the checks have beyond their types', () => {
    const { CreateOrderRequest, CreateOrderItem, AddressInput, CancelOrderRequest } = document.components.schemas;
    expect([AddressInput?.properties?.['recipient'], AddressInput?.properties?.['email']]).toMatchObject([
      { type: 'string', minLength: 1, maxLength: 255 },
      { type: 'string', format: 'email', maxLength: 320 },
    ]);
    expect(CreateOrderItem?.properties?.['product_sku']).toMatchObject({ minLength: 1, maxLength: 255 });
    expect(CreateOrderRequest?.properties?.['guest_email']).toMatchObject({ format: 'email' });
    expect(CreateOrderRequest?.properties?.['customer_id']).toMatchObject({ minLength: 1, maxLength: 255 });
    expect(CancelOrderRequest?.properties?.['reason']).toMatchObject({ minLength: 1, maxLength: 2000 });
  });

  it('has examples that work', () => {
    const schemas = requestSchemas('US');
    for (const { name, operation } of operations) {
      const { schema, examples } = operation.requestBody?.content['application/json'] ?? {};
      if (schema === undefined) continue;
      const body = String(schema.$ref).split('/').at(-1) as keyof typeof schemas;
      expect({ name, examples }).toStrictEqual({ name, examples: { example: { value: exampleOf(schemas[body]) } } });
      const read = schemas[body].safeParse(exampleOf(schemas[body]));
      assert.ok(read.success, `${name}: ${read.error?.message ?? 'unknown'}`);
    }
    const rules = { guestCheckout: true, multipleWarehouses: true, promotions: true };
    expect(createOrderReader('US', rules)(exampleOf(schemas.CreateOrderRequest), 'test').ok).toStrictEqual(true);
  });
});
