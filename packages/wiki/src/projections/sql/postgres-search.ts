import type { Statement, TableName } from "@palimpsest/eventsourcing";
import type { Alternative, Phrase } from "../../content/search/query.ts";
import type { PageText } from "../page-follower.ts";
import { type SearchEntry, wordsIn } from "../search.ts";
import type { SearchEngine } from "./search.ts";

// `words` has all words in order, for phrases. A tsvector stores at most 256 positions of a word, and none above 16,383
// (https://www.postgresql.org/docs/current/textsearch-limitations.html).
const CREATE_PAGES = (table: TableName) => `
  CREATE TABLE ${table("pages")} (
    page_id text PRIMARY KEY,
    slug text NOT NULL,
    title text NOT NULL,
    title_words text NOT NULL,
    text text NOT NULL,
    words text NOT NULL,
    vector tsvector NOT NULL
  )`;

const CREATE_FORMER_WORDS = (table: TableName) => `
  CREATE TABLE ${table("former_words")} (
    word text COLLATE "C" NOT NULL, page_id text NOT NULL, PRIMARY KEY (word, page_id)
  )`;

const CREATE_INDEX = (table: TableName) =>
  `CREATE INDEX ${table("pages_by_word")} ON ${table("pages")} USING gin (vector)`;

const PUT_PAGE = (table: TableName) => `
  INSERT INTO ${table("pages")} (page_id, slug, title, title_words, text, words, vector)
  VALUES ($1, $2, $3, $4, $5, $6, $7::tsvector)
  ON CONFLICT (page_id) DO UPDATE SET
    slug = excluded.slug, title = excluded.title, title_words = excluded.title_words, text = excluded.text,
    words = excluded.words, vector = excluded.vector`;

const REMOVE_PAGE = (table: TableName) => `DELETE FROM ${table("pages")} WHERE page_id = $1`;

const PUT_FORMER_WORDS = (table: TableName) => `
  INSERT INTO ${table("former_words")} (word, page_id)
  SELECT word, $1 FROM jsonb_array_elements_text($2::jsonb) AS word ON CONFLICT DO NOTHING`;

// Only the texts of the range are read.
const FIND = (table: TableName) => `
  WITH wanted AS (
    SELECT query::tsquery, phrases, excluded
    FROM jsonb_to_recordset($1::jsonb) AS alternative (query text, phrases text[], excluded text[])
  ), found AS MATERIALIZED (
    SELECT page_id, coalesce(title_words = $2::text, false) AS is_exact, max(ts_rank(vector, query, 1)) AS rank
    FROM wanted JOIN ${table("pages")} AS pages
      ON vector @@ query AND words LIKE ALL (phrases) AND NOT words LIKE ANY (excluded)
    GROUP BY page_id
  ), in_range AS (
    SELECT * FROM found ORDER BY is_exact DESC, rank DESC, page_id LIMIT $3::int OFFSET $4::int
  )
  SELECT total, page_id, pages.slug, pages.title, pages.text
  FROM (SELECT count(*)::int AS total FROM found) AS counted
    LEFT JOIN in_range ON TRUE LEFT JOIN ${table("pages")} AS pages USING (page_id)
  ORDER BY is_exact DESC, rank DESC, page_id`;

// Finds the pages that have or had each word of an alternative.
const CANDIDATES = (table: TableName) => `
  WITH wanted AS MATERIALIZED (
    SELECT (value ->> 0)::int AS alternative, value ->> 1 AS word, value ->> 2 AS last_word, value ->> 3 AS term
    FROM jsonb_array_elements($1::jsonb) AS item (value)
  ), matching AS (
    SELECT alternative, term, page_id
    FROM wanted JOIN ${table("pages")} AS pages ON vector @@ term::tsquery
    UNION
    SELECT alternative, term, page_id
    FROM wanted JOIN ${table("former_words")} AS former
      ON former.word >= wanted.word COLLATE "C" AND former.word <= last_word COLLATE "C"
  )
  SELECT DISTINCT page_id FROM matching GROUP BY alternative, page_id
  HAVING count(*) = (SELECT count(*) FROM wanted WHERE wanted.alternative = matching.alternative)
  ORDER BY page_id`;

/** Search by tsvector with a GIN index, ranked by ts_rank. */
export const tsvectorSearch: SearchEngine = {
  tables: ["pages", "former_words"],
  create: (table) => [CREATE_PAGES(table), CREATE_INDEX(table), CREATE_FORMER_WORDS(table)],
  put,
  remove: (pageId, table) => [{ sql: REMOVE_PAGE(table), params: [pageId] }],
  putFormerWords: PUT_FORMER_WORDS,
  find: (query, { limit, offset }, table) => ({
    sql: FIND(table),
    params: [JSON.stringify(query.any.map(conditionsOf)), query.exactTitle ?? null, limit, offset],
  }),
  candidates: CANDIDATES,
  termOf: termsOf,
};

function put({ id, slug, title, text }: SearchEntry, table: TableName): Statement[] {
  const { start, titleWords, textWords } = text;
  // No phrase matches across the line break between title and text.
  const allWords = ` ${titleWords} \n ${textWords} `;
  return [{ sql: PUT_PAGE(table), params: [id, slug, title, titleWords, start, allWords, vectorOf(text)] }];
}

const MAX_POSITIONS_OF_A_WORD = 4;
const LAST_POSITION = 16_383;

/** Returns a tsvector of the words, with the first positions of each for ranking. Words of the title have the weight A. */
function vectorOf({ titleWords, textWords }: PageText): string {
  const [title, text] = [wordsIn(titleWords), wordsIn(textWords)];
  const positions = new Map<string, string[]>();
  const add = (word: string, position: string) => {
    const ofWord = positions.get(word) ?? [];
    if (ofWord.length === 0) positions.set(word, ofWord);
    if (ofWord.length < MAX_POSITIONS_OF_A_WORD) ofWord.push(position);
  };
  title.forEach((word, index) => {
    add(word, `${index + 1}A`);
  });
  text.forEach((word, index) => {
    add(word, String(Math.min(title.length + index + 1, LAST_POSITION)));
  });
  return Array.from(positions, ([word, ofWord]) => `'${word}':${ofWord.join(",")}`).join(" ");
}

/** The index finds pages that have all the words; LIKE then checks phrases of several words. */
function conditionsOf({ all, none }: Alternative) {
  const wanted = all.map(termsOf);
  const unwanted = none.filter(isOneWord).map((phrase) => `!${termsOf(phrase)}`);
  return {
    query: [...wanted, ...unwanted].join(" & "),
    phrases: all.filter((phrase) => !isOneWord(phrase)).map(patternOf),
    excluded: none.filter((phrase) => !isOneWord(phrase)).map(patternOf),
  };
}

function isOneWord({ words }: Phrase): boolean {
  return words.length === 1;
}

function termsOf({ words, prefix }: Phrase): string {
  const terms = words.map((word, index) => `'${word}'${prefix && index === words.length - 1 ? ":*" : ""}`);
  return `(${terms.join(" & ")})`;
}

// Words have no characters that are special in LIKE.
function patternOf({ words, prefix }: Phrase): string {
  return `% ${words.join(" ")}${prefix ? "" : " "}%`;
}
