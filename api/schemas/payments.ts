import { type Amount, amount, total, zero } from '../../actors/rules/money.js';
import type { Fault } from '../../actors/rules/refusal.js';
import { currencies } from '../../actors/iso-codes.js';
import { isAmountText } from './text.js';

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

const amountIn = (value: unknown): Amount | undefined => (isAmountText(value) ? amount(value) : undefined);

/** The one payment that an order may name itself. */
const singleFaults = (order: Fields): readonly Fault[] => {
  const due = amountIn(order['total_amount']);
  if (order['payment_status'] === 'partially_paid')
    return [{ path: 'payment_status', message: 'partially_paid needs payments' }];
  return order['payment_status'] === 'authorized' && order['payment_id'] === undefined && due?.isZero() !== true
    ? [{ path: 'payment_id', message: 'is needed: the payment is authorized' }]
    : [];
};

/** How an order is paid whose payments are these: what its `payment_status` must say, if it says anything. */
const statusSaid = (due: Amount, captured: Amount, authorized: Amount): string => {
  if (captured.gte(due) && (due.isZero() || !captured.isZero())) return 'completed';
  if (!captured.isZero()) return 'partially_paid';
  return authorized.isZero() ? 'pending' : 'authorized';
};

const decimalFaults = (order: Fields, payments: readonly Fields[]): readonly Fault[] => {
  const { currency = 'USD' } = order;
  const decimals = typeof currency === 'string' ? currencies.get(currency) : undefined;
  if (decimals === undefined) return [];
  return payments.flatMap((payment, index) => {
    const value = amountIn(payment['amount']);
    const written = String(payment['amount']).split('.')[1] ?? '';
    return value !== undefined && written.length > decimals
      ? [{ path: `payments[${index}].amount`, message: `${String(currency)} has ${decimals} decimals` }]
      : [];
  });
};

const repeated = (payments: readonly Fields[]): readonly Fault[] => {
  const seen = new Set<unknown>();
  return payments.flatMap(({ payment_id: id }, index) => {
    const known = id !== undefined && seen.has(id);
    seen.add(id);
    return known ? [{ path: `payments[${index}].payment_id`, message: 'is named twice' }] : [];
  });
};

const sumFaults = (order: Fields, payments: readonly Fields[]): readonly Fault[] => {
  const due = amountIn(order['total_amount']);
  const amounts = payments.map((payment) => amountIn(payment['amount']));
  if (due === undefined || amounts.includes(undefined)) return [];
  const sumOf = (status: string): Amount =>
    total(amounts.flatMap((value, index) => (payments[index]?.['status'] === status ? [value ?? zero] : [])));
  const [captured, authorized] = [sumOf('completed'), sumOf('authorized')];
  const given = order['payment_status'];
  const said = statusSaid(due, captured, authorized);
  return [
    ...(captured.plus(authorized).gt(due)
      ? [
          {
            path: 'payments',
            message: `completed and authorized ones must sum to at most total_amount, ${due.toFixed()}`,
          },
        ]
      : []),
    ...(given !== undefined && given !== said
      ? [{ path: 'payment_status', message: `must be what the payments say, ${said}` }]
      : []),
  ];
};

/** All that is wrong with how a CreateOrder body says that it is paid. Looks only at what can be read. */
export const paymentFaults = (input: unknown): readonly Fault[] => {
  const order = fieldsOf(input);
  const list = order['payments'];
  if (list === undefined) return singleFaults(order);
  if (!Array.isArray(list) || list.length > 50) return [];
  const payments = list.map(fieldsOf);
  return [
    ...(['payment_id', 'payment_method'] as const)
      .filter((name) => order[name] !== undefined)
      .map((path) => ({ path, message: 'must not be given beside payments' })),
    ...decimalFaults(order, payments),
    ...repeated(payments),
    ...sumFaults(order, payments),
  ];
};
