/**
 * A table of a view in memory: rows by their key. A row is put in anew to change it, never changed in place, since
 * what was written is taken back when a later change fails: rows are frozen.
 */
export interface MemoryTable<Row> extends ReadonlyMap<string, Row> {
  /** Puts a row in, in place of one with the same key. */
  set(key: string, row: Row): void;
  delete(key: string): boolean;
  clear(): void;
}

/** Gives the table of that name, which the view declares in `tables`. */
export type MemoryTables = <Row>(name: string) => MemoryTable<Row>;

/** The same for queries. */
export type ReadonlyMemoryTables = <Row>(name: string) => ReadonlyMap<string, Row>;

/** A change of a view in memory: done at once, all or none with the others of its batch. */
export type MemoryChange = (tables: MemoryTables) => void;

/** A table that can take back what was changed since `begin`. */
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
    this.#remember(key);
    return super.set(key, Object.freeze(row));
  }

  override delete(key: string): boolean {
    this.#remember(key);
    return super.delete(key);
  }

  override clear(): void {
    for (const key of [...this.keys()]) this.delete(key);
  }

  #remember(key: string): void {
    const before = super.get(key);
    this.#undo.push(super.has(key) ? () => super.set(key, before) : () => super.delete(key));
  }
}
