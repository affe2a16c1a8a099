import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { asyncApiDocument } from '../../api/asyncapi/document.js';
import { orderTopics } from '../../actors/rules/order.js';
import { publishedData } from '../../api/schemas/published-events.js';

const root = path.resolve(__dirname, '..', '..', '..');

interface Document {
  readonly channels: Readonly<Record<string, { readonly address: string }>>;
}

describe('the AsyncAPI document', () => {
  const written = parse(readFileSync(path.join(root, 'docs', 'asyncapi.yaml'), 'utf8')) as Document;

  it('is the one that the schemas make', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(written).toStrictEqual(JSON.parse(JSON.stringify(asyncApiDocument(version))));
  });

  it('describes every topic in and out', () => {
    const topics = Object.values(written.channels).map(({ address }) => address);
    const expected = [...Object.keys(publishedData), ...orderTopics, 'customer.created', 'pricing.price.updated'];
    expect(topics.toSorted()).toStrictEqual(expected.toSorted());
  });
});
