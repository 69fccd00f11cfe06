/** The differences between SQLite and PostgreSQL in the SQL of the wiki's views. */
export interface Dialect {
  /** The type of a text that is ordered by code points, whatever the language of the database. */
  readonly orderedText: string;
  /** The type of 64-bit integers. On SQLite, only "INTEGER" makes a primary key the row id. */
  readonly bigint: string;
  /** Ends the definition of a table. */
  readonly tableOptions: string;
  /** Ends the definition of a table that is read by its primary key only. */
  readonly keyedTableOptions: string;
  /** An item of FROM: the elements of the JSON list in parameter $1, as `item.value`. */
  readonly items: string;
  /** Selects the texts in the JSON list in parameter $1. */
  readonly texts: string;
  /** Returns the condition that a column is one of the numbers in the JSON list in `parameter`. */
  isNumberIn(column: string, parameter: string): string;
}

export const SQLITE: Dialect = {
  orderedText: "TEXT",
  bigint: "INTEGER",
  tableOptions: " STRICT",
  keyedTableOptions: " STRICT, WITHOUT ROWID",
  items: "json_each($1) AS item",
  texts: "SELECT value FROM json_each($1)",
  isNumberIn: (column, parameter) => `${column} IN (SELECT value FROM json_each(${parameter}))`,
};

export const POSTGRES: Dialect = {
  orderedText: 'text COLLATE "C"',
  bigint: "bigint",
  tableOptions: "",
  keyedTableOptions: "",
  items: "jsonb_array_elements($1::jsonb) AS item (value)",
  texts: "SELECT jsonb_array_elements_text($1::jsonb)",
  // An array, because each of its elements is looked up in the index. A join reads all rows of the page.
  isNumberIn: (column, parameter) =>
    `${column} = ANY (ARRAY(SELECT value::int FROM jsonb_array_elements_text(${parameter}::jsonb)))`,
};
