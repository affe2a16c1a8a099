import { describe, expect, it } from '@jest/globals';
import { errorCodes, findProblemType, problemTypeOf } from '../../api/openapi/problems.js';
import { problemType } from '../../api/schemas/responses.js';
import { tableOf } from '../support/markdown.js';

describe('docs/errors.md', () => {
  it('has the error table, code for code and word for word', () => {
    const written = tableOf('errors.md', 'code', 'HTTP', 'gRPC', 'what it means', 'what to do');
    const known = errorCodes.map((name) => {
      const { code, status, grpc_status, meaning, remedy } = problemTypeOf(name);
      return { code, HTTP: String(status), gRPC: grpc_status, 'what it means': meaning, 'what to do': remedy };
    });
    expect(written).toStrictEqual(known);
  });
});

describe('a problem type', () => {
  it('is what its schema says, for every code', () => {
    for (const code of errorCodes) expect(problemType.parse(problemTypeOf(code))).toStrictEqual(problemTypeOf(code));
  });

  it('is found by its code and by nothing else', () => {
    expect(findProblemType('order_busy')?.status).toBe(429);
    for (const name of ['', 'ORDER_BUSY', 'order_busy ', '__proto__', 'constructor', 'toString'])
      expect(findProblemType(name)).toBeUndefined();
  });
});
