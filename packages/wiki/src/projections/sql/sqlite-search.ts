import type { Statement, TableName } from "@palimpsest/eventsourcing";
import type { Phrase, SearchQuery } from "../../content/search/query.ts";
import type { SearchEntry } from "../search.ts";
import type { SearchEngine } from "./search.ts";

const CREATE_PAGES = (table: TableName) => `
  CREATE TABLE ${table("pages")} (
    number INTEGER PRIMARY KEY,
    page_id TEXT NOT NULL UNIQUE,
    title_words TEXT NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT`;

// The words are already split and folded. This tokenizer splits them at spaces and changes nothing else, since they have
// no ASCII capitals. The table has no content, because texts are read from "pages" (https://sqlite.org/fts5.html, 3.1
// and 4.4.2).
const CREATE_WORDS = (table: TableName) => `
  CREATE VIRTUAL TABLE ${table("words")} USING fts5(
    title, text, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '+#'"
  )`;

const CREATE_FORMER_WORDS = (table: TableName) => `
  CREATE TABLE ${table("former_words")} (word TEXT, number INTEGER, PRIMARY KEY (word, number))
  STRICT, WITHOUT ROWID`;

const PUT_PAGE = (table: TableName) => `
  INSERT INTO ${table("pages")} (page_id, slug, title, text, title_words) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (page_id) DO UPDATE SET
    slug = excluded.slug, title = excluded.title, text = excluded.text, title_words = excluded.title_words`;

const PUT_WORDS = (table: TableName) => `
  INSERT OR REPLACE INTO ${table("words")} (rowid, title, text)
  SELECT number, $2, $3 FROM ${table("pages")} WHERE page_id = $1`;

const REMOVE_WORDS = (table: TableName) => `
  DELETE FROM ${table("words")} WHERE rowid = (SELECT number FROM ${table("pages")} WHERE page_id = $1)`;

// The row of an archived page stays, because its former words refer to it.
const REMOVE_TEXT = (table: TableName) =>
  `UPDATE ${table("pages")} SET text = '', title_words = '' WHERE page_id = $1`;

// A page that was created and archived in the same batch has no row yet.
const PUT_NUMBER = (table: TableName) => `
  INSERT INTO ${table("pages")} (page_id, slug, title, text, title_words) VALUES ($1, '', '', '', '')
  ON CONFLICT (page_id) DO NOTHING`;

const PUT_FORMER_WORDS = (table: TableName) => `
  INSERT OR IGNORE INTO ${table("former_words")} (word, number)
  SELECT value, number FROM ${table("pages")}, json_each($2) WHERE page_id = $1`;

// A word in the title weighs ten times one in the text. Only the texts of the range are read.
const FIND = (table: TableName) => `
  WITH found AS MATERIALIZED (
    SELECT pages.number, pages.title_words IS $2 AS is_exact, bm25(${table("words")}, 10.0, 1.0) AS badness
    FROM ${table("words")} JOIN ${table("pages")} AS pages ON pages.number = ${table("words")}.rowid
    WHERE ${table("words")} MATCH $1
  ), in_range AS (
    SELECT * FROM found ORDER BY is_exact DESC, badness, number LIMIT $3 OFFSET $4
  )
  SELECT total, pages.page_id, pages.slug, pages.title, pages.text
  FROM (SELECT count(*) AS total FROM found)
    LEFT JOIN in_range ON TRUE LEFT JOIN ${table("pages")} AS pages USING (number)
  ORDER BY is_exact DESC, badness, number`;

// Finds the pages that have or had each word of an alternative.
const CANDIDATES = (table: TableName) => `
  WITH wanted AS MATERIALIZED (
    SELECT value ->> 0 AS alternative, value ->> 1 AS word, value ->> 2 AS last_word, value ->> 3 AS term
    FROM json_each($1)
  ), matching AS (
    SELECT alternative, term, ${table("words")}.rowid AS number
    FROM wanted CROSS JOIN ${table("words")} ON ${table("words")} MATCH term
    UNION
    SELECT alternative, term, number
    FROM wanted CROSS JOIN ${table("former_words")} AS former
      ON former.word >= wanted.word AND former.word <= last_word
  ), found AS (
    SELECT DISTINCT number FROM matching GROUP BY alternative, number
    HAVING count(*) = (SELECT count(*) FROM wanted WHERE wanted.alternative = matching.alternative)
  )
  SELECT page_id FROM found JOIN ${table("pages")} USING (number) ORDER BY number`;

/** Search by FTS5, ranked by BM25. */
export const fts5Search: SearchEngine = {
  tables: ["pages", "words", "former_words"],
  create: (table) => [CREATE_PAGES(table), CREATE_WORDS(table), CREATE_FORMER_WORDS(table)],
  put,
  remove: (pageId, table) =>
    [PUT_NUMBER, REMOVE_WORDS, REMOVE_TEXT].map((sql) => ({ sql: sql(table), params: [pageId] })),
  putFormerWords: PUT_FORMER_WORDS,
  find: (query, { limit, offset }, table) => ({
    sql: FIND(table),
    params: [matchOf(query), query.exactTitle ?? null, limit, offset],
  }),
  candidates: CANDIDATES,
  termOf: phraseOf,
};

function put({ id, slug, title, text }: SearchEntry, table: TableName): Statement[] {
  const { start, titleWords, textWords } = text;
  return [
    { sql: PUT_PAGE(table), params: [id, slug, title, start, titleWords] },
    { sql: PUT_WORDS(table), params: [id, titleWords, textWords] },
  ];
}

/** Returns the query in the language of FTS5, in which NOT binds tighter than AND, and AND tighter than OR. */
function matchOf({ any }: SearchQuery): string {
  return any
    .map(({ all, none }) => {
      const wanted = all.map(phraseOf).join(" AND ");
      return none.length === 0 ? `(${wanted})` : `((${wanted}) NOT (${none.map(phraseOf).join(" OR ")}))`;
    })
    .join(" OR ");
}

function phraseOf({ words, prefix }: Phrase): string {
  return `"${words.join(" ")}"${prefix ? " *" : ""}`;
}
