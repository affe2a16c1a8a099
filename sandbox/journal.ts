import { appendFileSync, createReadStream } from 'node:fs';
import { mkdir, open, rename, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { types } from 'node:util';
import type { ZodType } from 'zod';

/** An append-only file of one JSON record a line. */
export interface Journal<T> {
  /** Resolves when the record is with the operating system (it survives the process, not the machine). */
  append(record: T): Promise<void>;
  close(): Promise<void>;
}

const isMissing = (error: unknown): boolean => types.isNativeError(error) && 'code' in error && error.code === 'ENOENT';

/**
 * Feeds every record of a journal to `onRecord`, oldest first, and answers how many there were; a missing file has none.
 * A last line without its end, which a killed process leaves behind, is cut off. Throws on any other unreadable line.
 */
export async function loadJournal<T>(file: string, schema: ZodType<T>, onRecord: (record: T) => void): Promise<number> {
  let lines = 0;
  let complete = 0;
  let rest = Buffer.alloc(0);
  const take = (line: string): void => {
    lines += 1;
    try {
      onRecord(schema.parse(JSON.parse(line)));
    } catch (cause) {
      throw new Error(`${file}, line ${String(lines)} is not readable`, { cause });
    }
  };
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      let data = Buffer.concat([rest, chunk as Buffer]);
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10)) {
        take(data.toString('utf8', 0, end));
        complete += end + 1;
        data = data.subarray(end + 1);
      }
      rest = data;
    }
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
  if (rest.length > 0) await truncate(file, complete);
  return lines;
}

/** Replaces a journal by these records, whole or not at all. */
export async function rewriteJournal<T>(file: string, records: Iterable<T>): Promise<void> {
  const next = `${file}.next`;
  const handle = await open(next, 'w');
  try {
    let batch = '';
    for (const record of records) {
      batch += `${JSON.stringify(record)}\n`;
      if (batch.length > 1 << 20) {
        await handle.appendFile(batch);
        batch = '';
      }
    }
    await handle.appendFile(batch);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
}

/**
 * Opens a journal for appending; its folder is made when missing. Appends are written at once, in this thread: handing so
 * few bytes to another one costs several times what writing them does.
 */
export async function openJournal<T>(file: string): Promise<Journal<T>> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a');
  return {
    append: (record) =>
      new Promise((resolve) => {
        appendFileSync(handle.fd, `${JSON.stringify(record)}\n`);
        resolve();
      }),
    close: () => handle.close(),
  };
}
