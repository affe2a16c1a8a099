import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Pool } from 'pg';
import { inEntrySpan } from '../../../observability/spans.js';
import { traceStatements } from '../../../persistence/statement-spans.js';
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

  before(() => {
    spans = recordSpans();
    traceStatements(pool, dsn, (error) => (error as { code?: string }).code === '23505');
  });
  after(() => spans.stop());
  beforeEach(() => {
    spans.forget();
    asked = [];
    answer = () => Promise.resolve({ rows: [1] });
  });

  const inTrace = (work: () => Promise<unknown>) => inEntrySpan('request', {}, ROOT_CONTEXT, work);
  const failing = (code: string) => {
    answer = () => Promise.reject(Object.assign(new Error('Key (email)=(jane@example.com) exists'), { code }));
    return assert.rejects(inTrace(() => pool.query(statement)));
  };

  it('tells which it was and where, and never what it was about', async () => {
    assert.deepEqual(await inTrace(() => pool.query(statement)), { rows: [1] });
    assert.deepEqual(asked, [statement]);
    const [span, request] = spans.ended();
    assert.deepEqual([span?.name, span?.kind], ['create-order', SpanKind.CLIENT]);
    assert.equal(span?.parentSpanContext?.spanId, request?.spanContext().spanId);
    assert.deepEqual(span?.attributes, {
      'db.system.name': 'postgresql',
      'server.address': 'db.example',
      'server.port': 5433,
      'db.namespace': 'orders',
      'db.operation.name': 'create-order',
      'db.query.summary': 'create-order',
    });
  });

  it('is not made outside of a trace', async () => {
    assert.deepEqual(await pool.query('select 1'), { rows: [1] });
    assert.deepEqual([asked, spans.ended()], [['select 1'], []]);
  });

  it('has failed when the database fails, by its code alone', async () => {
    await failing('57P01');
    const [span] = spans.ended();
    assert.equal(span?.status.code, SpanStatusCode.ERROR);
    assert.equal(span.attributes['db.response.status_code'], '57P01');
    assert.ok(!JSON.stringify([span.attributes, span.events, span.status]).includes('jane'));
  });

  it('has not failed when a key is taken: that is an answer', async () => {
    await failing('23505');
    const [span] = spans.ended();
    assert.equal(span?.status.code, SpanStatusCode.UNSET);
    assert.equal(span.attributes['db.response.status_code'], '23505');
  });
});
