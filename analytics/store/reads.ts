import type { Pool } from 'pg';
import { type Granularity, type Piece, piecesOf, type Range, stepsOf } from '../ranges.js';
import type {
  Counted,
  Goods,
  Insights,
  MethodSales,
  PaymentSums,
  ReasonCount,
  Sales,
  SalesStep,
  Selection,
  StatusCount,
  StayCount,
} from '../reads.js';
import { type Grain, grains } from '../rollups.js';
import { byDay, funnel, goods, paymentMethods, paymentSteps, rangesOfGrain, reasons, salesSteps } from './reads-sql.js';

const grainOf = { hour: 'hour', day: 'day', week: 'day', month: 'month' } as const satisfies Record<Granularity, Grain>;

const never: Range = { from: new Date(0), to: new Date(0) };

const rangesIn = (pieces: readonly Piece[], among: readonly Grain[]): readonly string[] =>
  among.flatMap((grain) => {
    const ranges: Range[] = pieces.filter((piece) => piece.grain === grain);
    while (ranges.length < rangesOfGrain) ranges.push(never);
    return ranges.flatMap(({ from, to }) => [from.toISOString(), to.toISOString()]);
  });

/** Figures from the rollups: one statement each, so that `as_of` is that of the very rows it goes with. */
export const createInsightsReads = (pool: Pool): Insights => {
  const read = async <T>(
    text: string,
    among: readonly Grain[],
    { currency }: Selection,
    pieces: readonly Piece[],
    ...more: readonly unknown[]
  ): Promise<Counted<T> | undefined> => {
    const { rows } = await pool.query<T & { readonly as_of: string }>(text, [
      currency ?? null,
      ...rangesIn(pieces, among),
      ...more,
    ]);
    const [row] = rows;
    return row === undefined ? undefined : { asOf: row.as_of, found: row };
  };

  const only = <T, K extends string>(
    counted: Counted<Readonly<Record<K, readonly T[]>>> | undefined,
    part: K,
  ): Counted<readonly T[]> | undefined => counted && { asOf: counted.asOf, found: counted.found[part] };

  return {
    sales: async (selection, granularity) => {
      const pieces = [{ grain: grainOf[granularity], ...selection.range }];
      return only<SalesStep, 'sales'>(await read(salesSteps, grains, selection, pieces, granularity), 'sales');
    },

    paymentMethods: async (selection, limit) =>
      only<MethodSales, 'methods'>(
        await read(paymentMethods, grains, selection, piecesOf(selection.range), limit),
        'methods',
      ),

    payments: async (selection, granularity) => {
      const pieces = [{ grain: grainOf[granularity], ...selection.range }];
      return only<PaymentSums, 'payments'>(await read(paymentSteps, byDay, selection, pieces, granularity), 'payments');
    },

    goods: async (dimension, selection, by, limit) => {
      const pieces = piecesOf(selection.range, byDay);
      const steps = byDay.map((grain) =>
        pieces
          .filter((piece) => piece.grain === grain)
          .flatMap((piece) => stepsOf(grain, piece, Infinity).map((step) => step.toISOString())),
      );
      return only<Goods, 'goods'>(await read(goods[dimension][by], byDay, selection, pieces, limit, ...steps), 'goods');
    },

    reasons: (kind, selection, limit) =>
      read<{ readonly sales: readonly Sales[]; readonly reasons: readonly ReasonCount[] }>(
        reasons[kind],
        byDay,
        selection,
        piecesOf(selection.range, byDay),
        limit,
      ),

    funnel: (selection) =>
      read<{ readonly statuses: readonly StatusCount[]; readonly stays: readonly StayCount[] }>(
        funnel,
        byDay,
        selection,
        piecesOf(selection.range, byDay),
      ),
  };
};
