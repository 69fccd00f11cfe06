import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { SqlValue, Statement, TableName } from "@palimpsest/eventsourcing";
import type { Phrase, SearchQuery } from "../../content/search/query.ts";
import {
  MAX_RESULTS,
  type SearchEntry,
  type SearchRange,
  titleMarks,
  titleQuery,
  wholeTitle,
  wholeWordQuery,
} from "../search.ts";
import type { SearchEngine } from "./search.ts";

const CREATE_PAGES = (table: TableName) => `
  CREATE TABLE ${table("pages")} (
    number INTEGER PRIMARY KEY,
    page_id TEXT NOT NULL UNIQUE,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    text BLOB NOT NULL -- compressed
  ) STRICT`;

// The words are already split and folded. This tokenizer splits them at spaces and changes nothing else, since they have
// no ASCII capitals. The table has no content, because texts are read from "pages" (https://sqlite.org/fts5.html, 3.1
// and 4.4.2).
const CREATE_WORDS = (table: TableName) => `
  CREATE VIRTUAL TABLE ${table("words")} USING fts5(
    title, text, marks, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '+#^='"
  )`;

// FTS5 rewrites a part of the index once this percentage of its rows was replaced. Rewriting costs more than the edits.
const SET_MERGE_THRESHOLD = (table: TableName) =>
  `INSERT INTO ${table("words")} (${table("words")}, rank) VALUES ('deletemerge', 50)`;

const CREATE_FORMER_WORDS = (table: TableName) => `
  CREATE TABLE ${table("former_words")} (word TEXT, number INTEGER, PRIMARY KEY (word, number))
  STRICT, WITHOUT ROWID`;

const PUT_PAGE = (table: TableName) => `
  INSERT INTO ${table("pages")} (page_id, slug, title, text) VALUES ($1, $2, $3, $4)
  ON CONFLICT (page_id) DO UPDATE SET slug = excluded.slug, title = excluded.title, text = excluded.text`;

const PUT_WORDS = (table: TableName) => `
  INSERT OR REPLACE INTO ${table("words")} (rowid, title, text, marks)
  SELECT number, $2, $3, $4 FROM ${table("pages")} WHERE page_id = $1`;

const REMOVE_WORDS = (table: TableName) => `
  DELETE FROM ${table("words")} WHERE rowid = (SELECT number FROM ${table("pages")} WHERE page_id = $1)`;

// The row of an archived page stays, because its former words refer to it.
const REMOVE_TEXT = (table: TableName) => `UPDATE ${table("pages")} SET text = x'' WHERE page_id = $1`;

// A page that was created and archived in the same batch has no row yet.
const PUT_NUMBER = (table: TableName) => `
  INSERT INTO ${table("pages")} (page_id, slug, title, text) VALUES ($1, '', '', x'')
  ON CONFLICT (page_id) DO NOTHING`;

const PUT_FORMER_WORDS = (table: TableName) => `
  INSERT OR IGNORE INTO ${table("former_words")} (word, number)
  SELECT value, number FROM ${table("pages")}, json_each($2) WHERE page_id = $1`;

// A word in the title weighs ten times one in the text. FTS5 yields the rows of a word in their order without reading all
// of them, but bm25 counts the rows of each word, and a prefix is read whole. So if more than MAX_RESULTS pages match,
// they are ordered without bm25; and if whole words already match so many, the prefix is not read. A page can be in three
// parts of "ranked", so these have three times as many rows as the range needs. Only the texts of the range are read.
const FIND = (table: TableName) => {
  const words = table("words");
  return `
  WITH matching_whole AS MATERIALIZED (
    SELECT rowid AS number FROM ${words}
    WHERE ${words} MATCH $2 ORDER BY rowid DESC LIMIT ${MAX_RESULTS + 1}
  ), matching AS MATERIALIZED (
    SELECT number FROM matching_whole WHERE (SELECT count(*) FROM matching_whole) > ${MAX_RESULTS}
    UNION ALL
    SELECT * FROM (
      SELECT rowid FROM ${words} WHERE ${words} MATCH
        CASE WHEN (SELECT count(*) FROM matching_whole) > ${MAX_RESULTS} THEN '${NOTHING}' ELSE $1 END
      ORDER BY rowid DESC LIMIT ${MAX_RESULTS + 1}
    )
  ), counted AS MATERIALIZED (
    SELECT count(*) AS count, count(*) > ${MAX_RESULTS} AS are_many, count(*) BETWEEN 2 AND ${MAX_RESULTS} AS are_ranked
    FROM matching
  ), ranked (number, tier, badness) AS (
    SELECT * FROM (
      SELECT rowid, 0, 0 FROM ${words}
      WHERE ${words} MATCH CASE WHEN (SELECT count FROM counted) > 1 THEN $4 ELSE '${NOTHING}' END LIMIT $5 + $6
    )
    UNION ALL
    SELECT * FROM (
      SELECT rowid, 1, -rowid FROM ${words}
      WHERE ${words} MATCH CASE
        WHEN NOT (SELECT are_many FROM counted) THEN '${NOTHING}'
        WHEN (SELECT count(*) FROM matching_whole) > ${MAX_RESULTS} THEN $7
        ELSE $3 END
      ORDER BY rowid DESC LIMIT $5 + $6
    )
    UNION ALL
    SELECT rowid, 1, bm25(${words}, 10.0, 1.0, 0.0) FROM ${words}
    WHERE ${words} MATCH CASE WHEN (SELECT are_ranked FROM counted) THEN $1 ELSE '${NOTHING}' END
    UNION ALL
    SELECT * FROM (
      SELECT number, 2, -number FROM matching WHERE NOT (SELECT are_ranked FROM counted) LIMIT 3 * ($5 + $6)
    )
  ), listed AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY min(tier), min(badness), number) AS place, number FROM ranked GROUP BY number
  ), in_range AS (
    SELECT place, number FROM listed WHERE place > $6 AND place <= $5 + $6
  )
  SELECT count, pages.page_id, pages.slug, pages.title, pages.text
  FROM counted LEFT JOIN in_range ON TRUE LEFT JOIN ${table("pages")} AS pages USING (number)
  ORDER BY place`;
};

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
  create: (table) =>
    [CREATE_PAGES, CREATE_WORDS, SET_MERGE_THRESHOLD, CREATE_FORMER_WORDS].map((sql) => sql(table)),
  put,
  remove: (pageId, table) =>
    [PUT_NUMBER, REMOVE_WORDS, REMOVE_TEXT].map((sql) => ({ sql: sql(table), params: [pageId] })),
  putFormerWords: PUT_FORMER_WORDS,
  find: (query, { limit, offset }, table) => ({
    sql: FIND(table),
    params: paramsOf(query, { limit, offset }),
  }),
  candidates: CANDIDATES,
  unpack,
  termOf: phraseOf,
};

function put({ id, slug, title, text }: SearchEntry, table: TableName): Statement[] {
  const { start, titleWords, textWords } = text;
  return [
    { sql: PUT_PAGE(table), params: [id, slug, title, pack(start)] },
    { sql: PUT_WORDS(table), params: [id, titleWords, textWords, titleMarks(titleWords)] },
  ];
}

/** Takes half the time of the default for the texts of most pages, which become 4 % larger. */
const PACKING = { level: 3, windowBits: 12, memLevel: 5, chunkSize: 4_096 };
/** Node allocates this much at a time. The texts of most pages are smaller than the default of 16 KB. */
const UNPACKING = { chunkSize: 4_096 };

function pack(text: string): Uint8Array {
  return deflateRawSync(text, PACKING);
}

function unpack(packed: string | Uint8Array): string {
  return inflateRawSync(packed, UNPACKING).toString("utf8");
}

/** Matches no page. */
const NOTHING = '""';

/** Returns the parameters of `FIND`. */
function paramsOf(query: SearchQuery, { limit, offset }: Required<SearchRange>): readonly SqlValue[] {
  const whole = wholeWordQuery(query);
  const { exactTitle } = query;
  return [
    matchOf(query),
    whole === undefined ? NOTHING : matchOf(whole),
    matchOf(titleQuery(query)),
    exactTitle === undefined ? NOTHING : `"${wholeTitle(exactTitle)}"`,
    limit,
    offset,
    matchOf(titleQuery(whole ?? query)),
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
