import { describe, expect, it } from '@jest/globals';
import { handOver } from '../../../actors/hand-over.js';

/** A sidecar that hosts until it was asked so often. */
const sidecar = (times: number) => {
  const seen: string[] = [];
  return {
    seen,
    host: { leave: () => void seen.push('leave') },
    hosting: async (): Promise<void> => {
      seen.push('look');
      if (seen.length > times) throw new Error('the sidecar hosts no actors');
    },
  };
};

describe('handing actors over', () => {
  it('leaves, and waits until the sidecar hosts them no more', async () => {
    const { seen, host, hosting } = sidecar(3);
    await handOver(host, hosting);
    expect(seen).toStrictEqual(['leave', 'look', 'look', 'look']);
  });

  it('does not wait forever', async () => {
    const { seen, host, hosting } = sidecar(Infinity);
    await handOver(host, hosting, 250);
    expect(seen.length).toBeGreaterThanOrEqual(2);
  });
});
