/** What the sandbox uses of Node's SQLite. The types here are those of Node 20, which has none (docs/adr/0017-pinned-node.md). */
declare module 'node:sqlite' {
  type Value = string | number | null;

  export class StatementSync {
    run(...values: readonly Value[]): unknown;
    get(...values: readonly Value[]): Readonly<Record<string, Value>> | undefined;
    all(...values: readonly Value[]): readonly Readonly<Record<string, Value>>[];
  }

  export class DatabaseSync {
    constructor(file: string);
    readonly isTransaction: boolean;
    exec(sql: string): void;
    prepare(sql: string): StatementSync;
    close(): void;
  }
}
