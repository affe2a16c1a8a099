import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import type { ItemQuantity } from '../../../actors/rules/order-parts.js';
import { type Given, given, hoursLater, noon, policy } from '../../support/given.js';
import { cancelItems, deadline, event, move, placed, returned, started, units } from '../../support/sample-orders.js';

const ship = (tracking_number: string | undefined, shipped_at?: string, ...items: readonly ItemQuantity[]) =>
  event('shipping.shipped', {
    carrier: 'DHL',
    tracking_number,
    shipped_at,
    items: items.length === 0 ? undefined : items,
  });
const deliver = (tracking_number: string | undefined, delivered_at?: string) =>
  event('shipping.delivered', { tracking_number, delivered_at });

const processing = (...commands: readonly ChangeCommand[]): Given => given(placed(), started, ...commands);

const window = (hours: number) => [{ what: 'return_window', at: hoursLater(30 * 24 + hours) }];

describe('the parcels of an order', () => {
  it('are shipped one by one: the first moves the order, the others add to it', () => {
    processing()
      .when(ship('T-1', noon))
      .then({ entries: [{ type: 'order.status_changed', data: { tracking_number: 'T-1' } }] })
      .when(
        event('shipping.shipped', {
          carrier: 'UPS',
          tracking_number: 'T-2',
          tracking_url: 'https://ups.example/T-2',
          shipped_at: hoursLater(1),
          items: [units('1', 2), units('1', 1)],
        }),
        { now: hoursLater(2) },
      )
      .then(({ entries, effects, state: { order } }) => {
        expect(entries.map(({ type }) => type)).toStrictEqual(['order.updated']);
        expect(entries[0]?.data).toMatchObject({
          fields: [
            'shipments.1.carrier',
            'shipments.1.tracking_number',
            'shipments.1.tracking_url',
            'shipments.1.shipped_at',
            'shipments.1.items',
          ],
          tracking_number: 'T-2',
          parcel_items: [units('1', 3)],
        });
        // its own event and nothing else
        expect(effects.map(({ operation }) => operation)).toStrictEqual(['event.publish']);
        expect(order.status).toBe('shipped');
        expect(order.shipment).toStrictEqual(order.shipments[0]);
        expect(JSON.parse(JSON.stringify(order.shipments))).toStrictEqual([
          { carrier: 'DHL', tracking_number: 'T-1', shipped_at: noon },
          {
            carrier: 'UPS',
            tracking_number: 'T-2',
            tracking_url: 'https://ups.example/T-2',
            shipped_at: hoursLater(1),
            items: [{ item_id: '1', quantity: 3 }],
          },
        ]);
      });
  });

  it('are delivered one by one, and the order with the last of them', () => {
    processing(ship('T-1'), ship('T-2'))
      .when(deliver('T-2', hoursLater(1)), { now: hoursLater(1) })
      .then({
        entries: [{ type: 'order.updated', data: { fields: ['shipments.1.delivered_at'], parcels: [1] } }],
        state: {
          order: {
            status: 'shipped',
            deadlines: [],
            shipments: [{ delivered_at: undefined }, { delivered_at: hoursLater(1) }],
          },
        },
      })
      .when(deliver('T-1', noon), { now: hoursLater(2) })
      .then({
        entries: [{ type: 'order.status_changed', data: { to_status: 'delivered', parcels: [0] } }],
        // from the last delivery, not from the last report
        state: { order: { status: 'delivered', shipment: { delivered_at: noon }, deadlines: window(1) } },
      });
  });

  it('are all delivered by a report without a number, and by hand', () => {
    for (const all of [deliver(undefined), move('delivered')])
      processing(ship('T-1'), ship('T-2'), deliver('T-1'))
        .when(all, { now: hoursLater(3) })
        .then({
          state: {
            order: {
              status: 'delivered',
              shipments: [{ delivered_at: noon }, { delivered_at: hoursLater(3) }],
              deadlines: window(3),
            },
          },
        });
  });

  it('make an order delivered only when every kept unit was in one, if all of them name their items', () => {
    const packed = ship('T-1', noon, units('1', 3), units('2', 1));
    const order = given(placed(), cancelItems(units('3', 1)), started, packed);
    order
      .when(deliver('T-1'))
      .then({ entries: [{ type: 'order.updated' }], state: { order: { status: 'shipped' } } })
      .when(ship('T-2', noon, units('3', 1)))
      .then({ state: { order: { status: 'shipped' } } })
      .when(deliver('T-2'))
      .then({ state: { order: { status: 'delivered' } } });
    // One of them says nothing of its items.
    order
      .when(ship('T-2'))
      .then({ state: { order: { status: 'shipped' } } })
      .when(deliver(undefined))
      .then({ state: { order: { status: 'delivered' } } });
    // What is missing does not bind staff; the window runs from their word.
    order
      .when(deliver('T-1'))
      .then({ state: { order: { status: 'shipped' } } })
      .when(move('delivered'), { now: hoursLater(5) })
      .then({ state: { order: { status: 'delivered', shipment: { delivered_at: noon }, deadlines: window(5) } } });
  });

  it('that are added after delivery leave the status; the return window runs from the last delivery', () => {
    processing(ship('T-1'), deliver('T-1'))
      .when(ship('T-2'), { now: hoursLater(24) })
      .then({
        entries: [{ type: 'order.updated' }],
        state: { order: { status: 'delivered', deadlines: window(0) } },
      })
      .when(deliver('T-2'), { now: hoursLater(48) })
      .then({
        entries: [{ type: 'order.updated', data: { return_window_ends_at: hoursLater(30 * 24 + 48) } }],
        state: { order: { status: 'delivered', deadlines: window(48) } },
      })
      .when(returned('return-1', units('1', 1)), { now: hoursLater(30 * 24 + 47) })
      .then({ state: { order: { status: 'partially_returned', deadlines: window(48) } } })
      .when(ship('T-3'), { now: hoursLater(30 * 24 + 47) })
      .then({ state: { order: { status: 'partially_returned', shipments: [{}, {}, {}] } } });
  });

  it('that arrive after the order was completed do not open its return window again', () => {
    const closing = hoursLater(30 * 24);
    processing(ship('T-1'), deliver('T-1'), ship('T-2'))
      .when(deadline('return_window', closing), { now: closing })
      .then({ state: { order: { completed_at: closing } } })
      .when(deliver('T-2'), { now: closing })
      .then({
        verdict: 'accepted',
        state: { order: { shipments: [{}, { delivered_at: closing }], deadlines: [], completed_at: closing } },
      });
  });

  it('learn their number from the delivery, where they were shipped by hand', () => {
    given(placed(), started, move('shipped'))
      .when(deliver('T-1'))
      .then({ state: { order: { status: 'delivered', shipments: [{ tracking_number: 'T-1', delivered_at: noon }] } } })
      .when(deliver('T-1'))
      .then({ verdict: 'stale' })
      .when(deliver('T-2'))
      .then({ verdict: 'kept' });
  });

  it('may be delivered before it is told that they were shipped', () => {
    processing(ship('T-1'))
      .when(deliver('T-2', noon), { now: hoursLater(1) })
      .then({ verdict: 'kept' })
      .when(ship('T-2', noon), { now: hoursLater(2) })
      .then({
        entries: [{ data: { tracking_number: 'T-2' } }, { data: { parcels: [1], delivered_at: noon } }],
        state: { order: { status: 'shipped' }, waiting: [] },
      });
    processing(ship('T-1'), deliver('T-2'))
      .when({ type: 'reconsider' }, { now: hoursLater(24) })
      .then({
        decision: {
          givenUp: [
            {
              reason:
                'came early and its time did not come within 24 h: no parcel with this tracking number was shipped: publish its shipping.shipped and replay this event, or discard it',
            },
          ],
        },
      });
  });

  it('name what is wrong with their items', () => {
    for (const [items, reason] of [
      [units('9', 1), /lines that this order does not have/],
      [units('2', 2), /more units of a line than were ordered/],
    ] as const)
      processing()
        .when(ship('T-1', noon, items))
        .then(({ decision }) => {
          expect(decision).toMatchObject({ outcome: 'conflict', reason: expect.stringMatching(reason) });
        });
  });
});

describe('a reported time', () => {
  const now = hoursLater(100);
  const hour = 1;

  it.each([
    ['at the creation of the order', noon, true],
    ['before the order was created', hoursLater(-0.0001), false],
    ['of the epoch', '1970-01-01T00:00:00.000Z', false],
    ['an hour ahead', hoursLater(100 + hour), true],
    ['more than an hour ahead', hoursLater(100 + hour + 0.0001), false],
    ['in 2206', '2206-01-01T00:00:00.000Z', false],
    ['of the last day that can be written', '9999-12-31T23:59:59Z', false],
  ] as const)('%s is possible, or the time of arrival stands in for it', (_name, reported, possible) => {
    const reported_at = possible ? undefined : reported;
    const at = possible ? reported : now;
    processing()
      .when(ship('T-1', reported), { now })
      .then({
        entries: [{ data: { shipped_at: at, reported_at } }],
        state: { order: { shipment: { shipped_at: at } } },
      })
      .when(deliver('T-1', reported), { now })
      .then({
        entries: [
          { data: { delivered_at: at, reported_at, return_window_ends_at: hoursLater(30 * 24 + hoursOf(at)) } },
        ],
        state: { order: { shipment: { delivered_at: at }, deadlines: window(hoursOf(at)) } },
      });
  });

  const hoursOf = (at: string): number => (Date.parse(at) - Date.parse(noon)) / 3_600_000;

  it('of a delivery may be before its shipping', () => {
    processing(ship('T-1', hoursLater(1)))
      .when(deliver('T-1', noon), { now: hoursLater(2) })
      .then({ state: { order: { shipment: { shipped_at: hoursLater(1), delivered_at: noon } } } });
  });

  it('of an event that waited is compared with when it came, which stands in for it', () => {
    given(placed())
      .when(deliver('T-1', '2206-01-01T00:00:00.000Z'), { now: hoursLater(1) })
      .then({ verdict: 'kept' })
      .when(ship('T-1', hoursLater(30)), { now: hoursLater(2) })
      .then({ verdict: 'kept' })
      .when(started, { now: hoursLater(40) })
      .then({
        state: {
          order: { shipment: { shipped_at: hoursLater(2), delivered_at: hoursLater(1) }, deadlines: window(1) },
        },
      });
  });

  it('that is possible corrects one that was not, and the return window with it, once', () => {
    processing()
      .when(ship('T-1', '1970-01-01T00:00:00.000Z'), { now: hoursLater(10) })
      .then({ state: { order: { shipment: { shipped_at: hoursLater(10) } } } })
      .when(deliver('T-1', '1970-01-02T00:00:00.000Z'), { now: hoursLater(30) })
      .then({ state: { order: { deadlines: window(30) } } })
      .when(ship('T-1', hoursLater(2)), { now: hoursLater(31) })
      .then({
        entries: [{ type: 'order.updated', data: { fields: ['shipments.0.shipped_at'], parcels: [0] } }],
        state: { order: { shipment: { shipped_at: hoursLater(2) }, shipments: [{}], deadlines: window(30) } },
      })
      .when(deliver('T-1', hoursLater(20)), { now: hoursLater(31) })
      .then({
        entries: [{ type: 'order.updated', data: { fields: ['shipments.0.delivered_at'] } }],
        state: { order: { status: 'delivered', shipment: { delivered_at: hoursLater(20) }, deadlines: window(20) } },
      })
      .when(deliver('T-1', hoursLater(21)), { now: hoursLater(31) })
      .then({ verdict: 'stale', state: { order: { deadlines: window(20) } } })
      .when(ship('T-1', hoursLater(3)), { now: hoursLater(31) })
      .then({ verdict: 'stale' });
  });

  it('that is possible corrects those of all parcels, where it names none', () => {
    processing(ship('T-1'), ship('T-2'), deliver('T-1', noon), deliver('T-2', '1970-01-01T00:00:00.000Z'))
      .when(deliver(undefined, hoursLater(1)), { now: hoursLater(9) })
      .then({
        entries: [{ data: { parcels: [1] } }],
        state: {
          order: { shipments: [{ delivered_at: noon }, { delivered_at: hoursLater(1) }], deadlines: window(1) },
        },
      });
  });

  it('corrects nothing once the order is completed but the time itself', () => {
    const closing = hoursLater(30 * 24);
    processing(ship('T-1'), deliver('T-1', '1970-01-01T00:00:00.000Z'))
      .when(deadline('return_window', closing), { now: closing })
      .then({ verdict: 'accepted' })
      .when(deliver('T-1', hoursLater(1)), { now: closing })
      .then({ state: { order: { shipment: { delivered_at: hoursLater(1) }, deadlines: [], completed_at: closing } } });
  });
});

describe('the news of several parcels', () => {
  interface Parcel {
    readonly items: readonly ItemQuantity[] | undefined;
    readonly delivered: number | undefined;
  }

  const lines = [units('1', 3), units('2', 1), units('3', 2)];
  const parcel: fc.Arbitrary<Parcel> = fc.record({
    items: fc.option(fc.subarray(lines, { minLength: 1 }), { nil: undefined, freq: 2 }),
    delivered: fc.option(fc.nat(50), { nil: undefined, freq: 4 }),
  });

  it('comes to the same, in whatever order it comes and however often', () => {
    fc.assert(
      fc.property(
        fc.array(parcel, { minLength: 1, maxLength: 4 }).chain((parcels) => {
          const news = parcels.flatMap(({ items, delivered }, n) => [
            ship(`T-${n}`, noon, ...(items ?? [])),
            ...(delivered === undefined ? [] : [deliver(`T-${n}`, hoursLater(delivered))]),
          ]);
          return fc.record({
            parcels: fc.constant(parcels),
            news: fc
              .array(fc.constantFrom(...news), { maxLength: 4 })
              .chain((repeats) =>
                fc.shuffledSubarray([...news, ...repeats], { minLength: news.length + repeats.length }),
              ),
          });
        }),
        ({ parcels, news }) => {
          let order = processing();
          news.forEach((one, n) => {
            order = order
              .when(
                { ...one, event_id: `event ${n}` },
                { now: hoursLater(60), policy: { ...policy, waitingHours: 100 } },
              )
              .then(({ verdict }) => expect(verdict).toMatch(/accepted|kept|stale/));
          });
          const { status, shipments, deadlines } = order.state.order;
          const found = shipments.toSorted((a, b) => (a.tracking_number! < b.tracking_number! ? -1 : 1));
          expect(JSON.parse(JSON.stringify(found))).toStrictEqual(
            parcels.map(({ items, delivered }, n) => ({
              carrier: 'DHL',
              tracking_number: `T-${n}`,
              shipped_at: noon,
              ...(delivered === undefined ? {} : { delivered_at: hoursLater(delivered) }),
              ...(items === undefined ? {} : { items }),
            })),
          );
          expect(order.state.waiting).toStrictEqual([]);
          const packed = (id: string): number =>
            parcels.reduce(
              (sum, { items = [] }) => sum + (items.find(({ item_id }) => item_id === id)?.quantity ?? 0),
              0,
            );
          const whole =
            parcels.some(({ items }) => items === undefined) ||
            lines.every(({ item_id, quantity }) => packed(item_id) >= quantity);
          const times = parcels.map(({ delivered }) => delivered);
          if (times.every((time) => time !== undefined) && whole) {
            expect(status).toBe('delivered');
            expect(deadlines).toStrictEqual(window(Math.max(...times)));
          } else if (status === 'delivered') {
            // what was known once was all delivered, then a parcel was added
            expect(deadlines).toHaveLength(1);
          } else expect([status, deadlines]).toStrictEqual(['shipped', []]);
        },
      ),
      { numRuns: Number(process.env['ORDER_PROPERTY_RUNS'] ?? 300) },
    );
  });
});
