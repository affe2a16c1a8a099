import { describe, expect, it } from '@jest/globals';
import { createFaults, faultSchema, isServiceName, SERVICES } from '../../sandbox/faults.js';

describe('sandbox faults', () => {
  it('are all ok at first and after being cleared', () => {
    const faults = createFaults();
    faults.set('payment', faultSchema.parse({ mode: 'hang' }));
    expect(faults.all().payment.mode).toBe('hang');
    expect(faults.all().warehouse.mode).toBe('ok');
    faults.clear();
    expect(Object.values(faults.all()).map(({ mode }) => mode)).toStrictEqual(SERVICES.map(() => 'ok'));
  });

  it('strike with their probability', () => {
    let random = 0.29;
    const faults = createFaults(() => random);
    faults.set('payment', faultSchema.parse({ mode: 'fail', probability: 0.3 }));
    expect(faults.draw('payment').mode).toBe('fail');
    random = 0.3;
    expect(faults.draw('payment').mode).toBe('ok');
    faults.set('payment', faultSchema.parse({ mode: 'fail', probability: 0 }));
    random = 0;
    expect(faults.draw('payment').mode).toBe('ok');
  });

  it('are checked', () => {
    expect(faultSchema.parse({ mode: 'slow' })).toStrictEqual({ mode: 'slow', probability: 1, delay_ms: 2000 });
    for (const wrong of [{}, { mode: 'odd' }, { mode: 'ok', probability: 2 }, { mode: 'ok', extra: 1 }]) {
      expect(faultSchema.safeParse(wrong).success).toBe(false);
    }
    expect(isServiceName('payment')).toBe(true);
    expect(isServiceName('shipping')).toBe(false);
  });
});
