import type { ViewStore } from "../view-store.ts";

/**
 * A table of a view in memory: rows by their key, in the order in which the keys came. A row is put in anew to
 * change it, never changed in place, since what was written is taken back when a later change fails.
 */
export interface MemoryTable<Row> extends ReadonlyMap<string, Row> {
  /** Puts a row in, in place of one with the same key. */
  set(key: string, row: Row): void;
  delete(key: string): boolean;
  clear(): void;
}

/** Gives the table of that name, which the view declares in `tables`. */
export type MemoryTables = <Row>(name: string) => MemoryTable<Row>;

/** A change of a view in memory: done at once, all or none with the others of its section. */
export type MemoryChange = (tables: MemoryTables) => void;

/** Views in memory. */
export interface MemoryViewStore extends ViewStore<MemoryChange> {
  /** Returns what `query` makes of the tables of the active generation; undefined while there is none. */
  read<Result>(view: string, query: (tables: MemoryTables) => Result): Promise<Result | undefined>;
}
