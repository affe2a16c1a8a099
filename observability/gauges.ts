import { Gauge, type Registry } from 'prom-client';
import type { Logger } from 'pino';

/** A gauge that is filled when the page is read. */
export interface Figure<T> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Sets the gauge, which has no series, from what was found. */
  readonly set: (gauge: Gauge, found: T) => void;
}

/** Where figures are looked up that this process does not know by itself. */
export interface Source<T> {
  readonly name: string;
  readonly look: () => Promise<T>;
  readonly figures: readonly Figure<T>[];
}

/** Figures that are looked up when the page is read. */
export interface LookedUp {
  /** What a look at memory tells. Named before what must be asked for, it is looked at before. */
  readonly inMemory: <T>(look: () => T, figures: readonly Figure<T>[]) => void;
  /** What must be asked for, and may be away: the page then has all the rest, and says which source is missing. */
  readonly from: <T>(source: Source<T>) => void;
}

/** Times in milliseconds; tests bring their own. */
export interface LookedUpOptions {
  /** What was found serves every reading of the page for so long. */
  readonly freshMs?: number;
  /** How long a reading waits for a source. */
  readonly patienceMs?: number;
  /** A clock that never goes back. */
  readonly now?: () => number;
}

const nothing = Symbol('nothing was found in time');
type Found<T> = T | typeof nothing;

const inTime = async <T>(look: Promise<Found<T>>, patienceMs: number): Promise<Found<T>> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof nothing>((resolve) => {
    timer = setTimeout(resolve, patienceMs, nothing);
  });
  try {
    return await Promise.race([look, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** Leaves a gauge without series: 0 would be a figure. */
const empty = (gauge: Gauge, labels: readonly string[]): void => {
  gauge.reset();
  if (labels.length === 0) gauge.remove();
};

/** A source is asked once however many read the page, and never again while it owes an answer. */
export const createLookedUp = (registry: Registry, log: Logger, options: LookedUpOptions = {}): LookedUp => {
  const { freshMs = 2_000, patienceMs = 2_000, now = () => performance.now() } = options;
  const registers = [registry];
  const sources = new Map<string, () => Promise<Found<unknown>>>();
  const shared = <T>({ name, look }: Source<T>): (() => Promise<Found<T>>) => {
    let last: { readonly found: Promise<Found<T>>; settledAt: number | undefined } | undefined;
    let away = false;
    const ask = async (): Promise<Found<T>> => {
      try {
        const found = await look();
        away = false;
        return found;
      } catch (error) {
        if (!away) log.warn({ err: error, source: name }, 'figures of the metrics page cannot be looked up');
        away = true;
        return nothing;
      }
    };
    return () => {
      if (last === undefined || (last.settledAt !== undefined && now() - last.settledAt >= freshMs)) {
        const asked: NonNullable<typeof last> = { found: ask(), settledAt: undefined };
        void asked.found.then(() => {
          asked.settledAt = now();
        });
        last = asked;
      }
      return inTime(last.found, patienceMs);
    };
  };

  const gaugeOf = <T>({ name, help, labels, set }: Figure<T>, look: () => Promise<Found<T>>): void => {
    new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers,
      async collect() {
        const found = await look();
        empty(this, labels);
        if (found !== nothing) set(this, found);
      },
    });
  };

  const addSource = (name: string, look: () => Promise<Found<unknown>>): void => {
    // With the first source, so that what is in memory is looked at before anything is asked for.
    if (sources.size === 0)
      new Gauge({
        name: 'order_scrape_source_up',
        help: '1 where the figures of this source could be looked up for this page; 0: they are missing from it.',
        labelNames: ['source'],
        registers,
        async collect() {
          const found = [...sources].map(async ([source, ask]) => [source, await ask()] as const);
          for (const [source, answer] of await Promise.all(found)) this.set({ source }, answer === nothing ? 0 : 1);
        },
      });
    sources.set(name, look);
  };

  return {
    inMemory: (look, figures) => {
      for (const figure of figures) gaugeOf(figure, () => Promise.resolve(look()));
    },
    from: (source) => {
      const look = shared(source);
      addSource(source.name, look);
      for (const figure of source.figures) gaugeOf(figure, look);
    },
  };
};

/** The newest orders in one currency. */
export interface RecentOrders {
  readonly currency: string;
  readonly orders: number;
  /** Of their total amounts. */
  readonly average: number;
  readonly cancelled: number;
}

/** The two contract names that one process cannot know by itself: an order is often cancelled elsewhere, or after a restart. */
export const recentOrderFigures: readonly Figure<readonly RecentOrders[]>[] = [
  {
    name: 'order_average_value',
    help: 'Average total amount of the orders created in the last 24 hours (the newest 10,000 at most), in their currency. The same on every replica: use max.',
    labels: ['currency'],
    set: (gauge, found) => {
      for (const { currency, average } of found) gauge.set({ currency }, average);
    },
  },
  {
    name: 'order_cancellation_rate',
    help: 'Share, 0 to 1, of the orders created in the last 24 hours (the newest 10,000 at most) that are cancelled by now; 0 without orders. The same on every replica: use max.',
    labels: [],
    set: (gauge, found) => {
      const sum = (of: 'orders' | 'cancelled'): number => found.reduce((total, group) => total + group[of], 0);
      gauge.set(sum('orders') === 0 ? 0 : sum('cancelled') / sum('orders'));
    },
  },
];
