import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What is kept with a record. */
export interface About {
  /** A record with the key of an earlier one takes its place. Without a key it is one more. */
  key?: string;
  /** The order whose list shows it. */
  orderId?: string;
  /** Not finished: it is not forgotten. */
  open?: boolean;
}

/** Records of one kind, in order of first arrival. */
export interface Table<T> {
  /** Seen by reads at once; `written` says when it is kept. */
  put(record: T, about: About): void;
  get(key: string): T | undefined;
  /** The records of one order, or the newest of all. */
  list(orderId?: string): T[];
  /** What is not finished. */
  listOpen(): T[];
}

/** The memory of the sandbox. */
export interface Store {
  /** `name` is part of the SQL. */
  table<T>(name: string): Table<T>;
  /** Resolves when all that has been put survives the process. To be awaited after each put. */
  written(): Promise<void>;
  /** Closes it when all is written. */
  close(): Promise<void>;
}

/** At most this many records are listed when no order is named. */
export const LISTED = 10_000;

/** Opens the SQLite file in a folder; both are made when missing. Of each table, the newest `limit` records are kept. */
export function openStore(folder: string, limit = 200_000): Store {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(join(folder, 'sandbox.sqlite'));
  // What is committed is with the operating system: it survives a killed process. To survive the machine as well would cost
  // an fsync for each call, which a tool for development need not pay. One process has the file, so it is locked once.
  db.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = off');
  const begin = db.prepare('begin');
  const commit = db.prepare('commit');
  let committed: Promise<void> | undefined;
  /** Everything put in one turn of the event loop is one transaction: several of them cost several times as much. */
  const commitSoon = async (): Promise<void> => {
    begin.run();
    try {
      await nextTurn();
      commit.run();
    } finally {
      committed = undefined;
      if (db.isTransaction) db.exec('rollback');
    }
  };

  return {
    table<T>(name: string): Table<T> {
      db.exec(`
        create table if not exists ${name} (
          seq integer primary key, key text unique, order_id text, open integer not null, record text not null
        ) strict;
        create index if not exists ${name}_order on ${name} (order_id) where order_id is not null;
        create temp trigger ${name}_limit after insert on ${name} begin
          delete from ${name} where seq <= new.seq - ${String(limit)} and open = 0;
        end`);
      const put = db.prepare(`
        insert into ${name} (key, order_id, open, record) values (?, ?, ?, ?)
        on conflict (key) do update set open = excluded.open, record = excluded.record`);
      const get = db.prepare(`select record from ${name} where key = ?`);
      const ofOrder = db.prepare(`select record from ${name} where order_id = ? order by seq`);
      const newest = db.prepare(`
        select record from (select seq, record from ${name} order by seq desc limit ${String(LISTED)}) order by seq`);
      const open = db.prepare(`select record from ${name} where open = 1 order by seq`);
      // No check of the shape: only this process writes the file.
      const read = (row: Readonly<Record<string, unknown>>): T => JSON.parse(String(row['record'])) as T;

      return {
        put(record, about) {
          committed ??= commitSoon();
          put.run(about.key ?? null, about.orderId ?? null, about.open === true ? 1 : 0, JSON.stringify(record));
        },
        get(key) {
          const row = get.get(key);
          return row === undefined ? undefined : read(row);
        },
        list: (orderId) => (orderId === undefined ? newest.all() : ofOrder.all(orderId)).map(read),
        listOpen: () => open.all().map(read),
      };
    },
    written: () => committed ?? Promise.resolve(),
    async close() {
      await committed;
      db.close();
    },
  };
}
