/** Tables that number ids and texts, because other tables have many rows with each of them. */
import type { Statement, TableName } from "@palimpsest/eventsourcing";
import type { Dialect } from "./dialect.ts";

/** Returns the statement that creates a table of numbers from 1. */
export function createNumbers(
  table: TableName,
  { bigint, tableOptions }: Dialect,
  { name, column, type }: { readonly name: string; readonly column: string; readonly type: string },
): string {
  return `CREATE TABLE ${table(name)} (number ${bigint} PRIMARY KEY, ${column} ${type} NOT NULL UNIQUE)${tableOptions}`;
}

/**
 * Returns the statement that numbers the values that have no number yet. Numbers follow the order of `values`, so that
 * batches of any size give the same numbers.
 */
export function putNumbers(
  table: TableName,
  { itemsOf }: Dialect,
  { name, column, sqlOf }: { readonly name: string; readonly column: string; sqlOf(text: string): string },
  values: readonly string[],
): readonly Statement[] {
  const value = sqlOf("(item.value ->> 1)");
  return put(
    `INSERT INTO ${table(name)} (number, ${column})
     SELECT (SELECT coalesce(max(number), 0) FROM ${table(name)})
       + row_number() OVER (ORDER BY CAST(item.value ->> 0 AS bigint)), ${value}
     FROM ${itemsOf("$1")}
     WHERE NOT EXISTS (SELECT 1 FROM ${table(name)} AS stored WHERE stored.${column} = ${value})`,
    values.map((one, index) => [index, one]),
  );
}

/** Returns the statement, unless there are no rows. */
export function put(sql: string, rows: readonly unknown[]): readonly Statement[] {
  return rows.length === 0 ? [] : [{ sql, params: [JSON.stringify(rows)] }];
}

/** Returns the number of the page with the id in a text. */
export function pageNumber(table: TableName, { uuidOf }: Dialect, id: string): string {
  return `(SELECT number FROM ${table("page_numbers")} WHERE id = ${uuidOf(id)})`;
}
