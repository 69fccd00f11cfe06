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
  /** An item of FROM: the texts in the JSON list in parameter $1, as `item.value`. */
  readonly texts: string;
  /** The type of UUIDs. */
  readonly uuid: string;
  /** Returns the UUID in a text. */
  uuidOf(text: string): string;
  /** Returns the text of the UUID in a column. */
  uuidText(column: string): string;
  /** An item of FROM: the elements of the JSON list in a parameter, as `item.value`. */
  itemsOf(parameter: string): string;
  /** Returns the condition that a column is one of the numbers in the JSON list in `parameter`. */
  isNumberIn(column: string, parameter: string): string;
  /** Returns the condition that a column is one of the numbers of a query. */
  isOneOf(column: string, query: string): string;
}

export const SQLITE: Dialect = {
  orderedText: "TEXT",
  bigint: "INTEGER",
  tableOptions: " STRICT",
  keyedTableOptions: " STRICT, WITHOUT ROWID",
  texts: "json_each($1) AS item",
  uuid: "BLOB",
  uuidOf: (text) => `unhex(${text}, '-')`,
  uuidText: (column) =>
    [
      [1, 8],
      [9, 4],
      [13, 4],
      [17, 4],
      [21, 12],
    ]
      .map(([start, length]) => `substr(lower(hex(${column})), ${start}, ${length})`)
      .join(" || '-' || "),
  itemsOf: (parameter) => `json_each(${parameter}) AS item`,
  isNumberIn: (column, parameter) => `${column} IN (SELECT value FROM json_each(${parameter}))`,
  isOneOf: (column, query) => `${column} IN (${query})`,
};

export const POSTGRES: Dialect = {
  orderedText: 'text COLLATE "C"',
  bigint: "bigint",
  tableOptions: "",
  keyedTableOptions: "",
  texts: "jsonb_array_elements_text($1::jsonb) AS item (value)",
  uuid: "uuid",
  uuidOf: (text) => `CAST(${text} AS uuid)`,
  uuidText: (column) => `CAST(${column} AS text)`,
  itemsOf: (parameter) => `jsonb_array_elements(${parameter}::jsonb) AS item (value)`,
  // Arrays, because each of their elements is looked up in the index. A join reads all rows of a page or name.
  isNumberIn: (column, parameter) =>
    `${column} = ANY (ARRAY(SELECT value::int FROM jsonb_array_elements_text(${parameter}::jsonb)))`,
  isOneOf: (column, query) => `${column} = ANY (ARRAY(${query}))`,
};
