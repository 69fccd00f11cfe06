/**
 * A table of a view in memory: rows by key. To change a row, set a new one. Rows are frozen, because a change in place
 * could not be undone if a later change of the batch fails.
 */
export interface MemoryTable<Row> extends ReadonlyMap<string, Row> {
  /** Stores a row, in place of one with the same key, and freezes it. */
  set(key: string, row: Row): void;
  delete(key: string): boolean;
  clear(): void;
}

/** Returns the table of that name, which the view declares in `tables`. */
export type MemoryTables = <Row>(name: string) => MemoryTable<Row>;

/** Returns the table of that name, for queries. */
export type ReadonlyMemoryTables = <Row>(name: string) => ReadonlyMap<string, Row>;

/** A synchronous change of a view in memory. The changes of a batch are made all or none. */
export type MemoryChange = (tables: MemoryTables) => void;

/** A table that can undo all changes since `begin`. */
export class UndoableTable extends Map<string, unknown> implements MemoryTable<unknown> {
  #undo: (() => void)[] = [];

  begin(): void {
    this.#undo = [];
  }

  rollBack(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.begin();
  }

  override set(key: string, row: unknown): this {
    this.#recordUndo(key);
    return super.set(key, Object.freeze(row));
  }

  override delete(key: string): boolean {
    this.#recordUndo(key);
    return super.delete(key);
  }

  override clear(): void {
    for (const key of [...this.keys()]) this.delete(key);
  }

  #recordUndo(key: string): void {
    const previous = super.get(key);
    this.#undo.push(super.has(key) ? () => super.set(key, previous) : () => super.delete(key));
  }
}
