import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFaults, faultSchema, isServiceName, SERVICES } from '../../sandbox/faults.js';

describe('sandbox faults', () => {
  it('are all ok at first and after being cleared', () => {
    const faults = createFaults();
    faults.set('payment', faultSchema.parse({ mode: 'hang' }));
    assert.equal(faults.all().payment.mode, 'hang');
    assert.equal(faults.all().warehouse.mode, 'ok');
    faults.clear();
    assert.deepEqual(
      Object.values(faults.all()).map(({ mode }) => mode),
      SERVICES.map(() => 'ok'),
    );
  });

  it('strike with their probability', () => {
    let random = 0.29;
    const faults = createFaults(() => random);
    faults.set('payment', faultSchema.parse({ mode: 'fail', probability: 0.3 }));
    assert.equal(faults.draw('payment').mode, 'fail');
    random = 0.3;
    assert.equal(faults.draw('payment').mode, 'ok');
    faults.set('payment', faultSchema.parse({ mode: 'fail', probability: 0 }));
    random = 0;
    assert.equal(faults.draw('payment').mode, 'ok');
  });

  it('are checked', () => {
    assert.deepEqual(faultSchema.parse({ mode: 'slow' }), { mode: 'slow', probability: 1, delay_ms: 2000 });
    for (const wrong of [{}, { mode: 'odd' }, { mode: 'ok', probability: 2 }, { mode: 'ok', extra: 1 }]) {
      assert.equal(faultSchema.safeParse(wrong).success, false);
    }
    assert.equal(isServiceName('payment'), true);
    assert.equal(isServiceName('shipping'), false);
  });
});
