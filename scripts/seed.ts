import { dataFolder } from '../configs/data-folder.js';
import { types } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { createDice, inventedOrder } from '../importing/invented-orders.js';
import { journalOf } from '../importing/journal-of.js';
import { openTarget } from '../importing/target.js';
import { describeError, Failure } from './failure.js';
import { importSettings } from './import-settings.js';
import { findJournalAccess } from './journal-access.js';

const usage = `usage: npm run seed -- N

Puts N invented orders of the last 90 days, in every state, into ORDER_DATABASE_DSN; without it, into the database that
\`npm start\` runs. They are stored like imported orders: nothing is published, no other service is called. For development.`;

const days = 90;
const dayMs = 86_400_000;
const batch = 500;
const most = 1_000_000;

async function main([text]: readonly string[]): Promise<void> {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > most) throw new Failure(usage);
  const { dsn, chain } = findJournalAccess(process.env, dataFolder(process.env));
  const { sequenceKey, dayOf, context } = importSettings({ ...process.env, ORDER_DATABASE_DSN: dsn });
  const now = Date.parse(context.now);
  const target = await openTarget(dsn, sequenceKey, chain);
  try {
    const highest = new Map(await target.highestNumbers());
    const dice = createDice(now);
    // Oldest first, as numbers rise.
    const moments = Array.from({ length: count }, () => now - dice() * days * dayMs).sort((a, b) => a - b);
    for (let done = 0; done < count; done += batch) {
      const orders = moments.slice(done, done + batch).map((createdAt) => {
        const day = dayOf(new Date(createdAt).toISOString());
        const number = (highest.get(day) ?? 0n) + 1n;
        highest.set(day, number);
        const order_number = `ORD-${day}-${String(number).padStart(6, '0')}`;
        const order = journalOf(inventedOrder({ id: uuidv7(), order_number, createdAt, now, dice }), context);
        if ('why' in order) throw new Error(order.why);
        return order;
      });
      await target.store(orders);
      console.error(`${Math.min(done + batch, count).toLocaleString('en')} of ${count.toLocaleString('en')}`);
    }
    const today = dayOf(context.now);
    await target.continueAfter(today, String(highest.get(today) ?? 1n));
    await target.analyze();
    console.log(`${count.toLocaleString('en')} orders stored`);
  } finally {
    await target.close();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const known = types.isNativeError(error) && error.name === 'ImportError';
  console.error(known ? error.message : describeError(error));
  process.exitCode = 1;
});
