import assert from 'node:assert/strict';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Pool } from 'pg';
import { inEntrySpan } from '../../../observability/spans.js';
import { type SharedStatement, traceStatements } from '../../../persistence/statement-spans.js';
import { recordSpans, type RecordedSpans } from '../../support/recorded-spans.js';

const dsn = 'postgres://user:SECRET@db.example:5433/orders?sslmode=disable';
const statement = { name: 'create-order', text: 'insert into t values ($1)', values: ['jane@example.com'] };

describe('the span of a statement', () => {
  let spans: RecordedSpans;
  let asked: unknown[];
  let answer: () => Promise<unknown>;
  const pool = {
    query: (...args: unknown[]) => {
      asked.push(...args);
      return answer();
    },
  } as unknown as Pool;

  beforeAll(() => {
    spans = recordSpans();
    traceStatements(pool, dsn, (error) => (error as { code?: string }).code === '23505');
  });
  afterAll(() => spans.stop());
  beforeEach(() => {
    spans.forget();
    asked = [];
    answer = () => Promise.resolve({ rows: [1] });
  });

  const inTrace = (work: () => Promise<unknown>) => inEntrySpan('request', {}, ROOT_CONTEXT, work);
  const failing = (code: string) => {
    answer = () => Promise.reject(Object.assign(new Error('Key (email)=(jane@example.com) exists'), { code }));
    return expect(inTrace(() => pool.query(statement))).rejects.toThrow();
  };

  it('reports which it was and where, and never what it was about', async () => {
    expect(await inTrace(() => pool.query(statement))).toStrictEqual({ rows: [1] });
    expect(asked).toStrictEqual([statement]);
    const [span, request] = spans.ended();
    expect([span?.name, span?.kind]).toStrictEqual(['create-order', SpanKind.CLIENT]);
    assert.ok(span);
    expect(span.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    assert.ok(span);
    expect(span.attributes).toStrictEqual({
      'db.system.name': 'postgresql',
      'server.address': 'db.example',
      'server.port': 5433,
      'db.namespace': 'orders',
      'db.operation.name': 'create-order',
      'db.query.summary': 'create-order',
    });
  });

  it('is one in each trace that shares the statement, with their number', async () => {
    const traces: Context[] = [ROOT_CONTEXT];
    for (const name of ['first', 'second'])
      await inEntrySpan(name, {}, ROOT_CONTEXT, (_, within) => Promise.resolve(traces.push(within)));
    const shared: SharedStatement = { ...statement, traces };
    expect(await pool.query(shared)).toStrictEqual({ rows: [1] });
    expect(asked).toHaveLength(1);
    const made = spans.ended().filter(({ name }) => name === 'create-order');
    expect(made.map(({ attributes }) => attributes['db.operation.batch.size'])).toStrictEqual([3, 3]);
    const parents = spans.ended().filter(({ name }) => name !== 'create-order');
    expect(made.map(({ parentSpanContext }) => parentSpanContext?.spanId).sort()).toStrictEqual(
      parents.map((span) => span.spanContext().spanId).sort(),
    );
  });

  it('is not made outside of a trace', async () => {
    expect(await pool.query('select 1')).toStrictEqual({ rows: [1] });
    expect([asked, spans.ended()]).toStrictEqual([['select 1'], []]);
  });

  it('has failed when the database fails, by its code alone', async () => {
    await failing('57P01');
    const [span] = spans.ended();
    assert.ok(span);
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(span.attributes['db.response.status_code']).toBe('57P01');
    expect(JSON.stringify([span.attributes, span.events, span.status])).not.toContain('jane');
  });

  it('has not failed when a key is taken: that is an answer', async () => {
    await failing('23505');
    const [span] = spans.ended();
    assert.ok(span);
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.attributes['db.response.status_code']).toBe('23505');
  });
});
