import type { Statement, TableName } from "@palimpsest/eventsourcing";
import type { Phrase, SearchQuery } from "../../content/search/query.ts";
import { splitWords } from "../../content/search/words.ts";
import type { PageText } from "../page-follower.ts";
import {
  MAX_RESULTS,
  type SearchEntry,
  titleMarks,
  titleQuery,
  wholeTitle,
  wholeWordQuery,
} from "../search.ts";
import type { SearchEngine } from "./search.ts";

// `words` has all words in order, for phrases. A tsvector stores at most 256 positions of a word, and none above 16,383
// (https://www.postgresql.org/docs/current/textsearch-limitations.html).
const CREATE_PAGES = (table: TableName) => `
  CREATE TABLE ${table("pages")} (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    page_id text PRIMARY KEY,
    slug text NOT NULL,
    title text NOT NULL,
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
  INSERT INTO ${table("pages")} (page_id, slug, title, text, words, vector) VALUES ($1, $2, $3, $4, $5, $6::tsvector)
  ON CONFLICT (page_id) DO UPDATE SET
    slug = excluded.slug, title = excluded.title, text = excluded.text, words = excluded.words,
    vector = excluded.vector`;

const REMOVE_PAGE = (table: TableName) => `DELETE FROM ${table("pages")} WHERE page_id = $1`;

const PUT_FORMER_WORDS = (table: TableName) => `
  INSERT INTO ${table("former_words")} (word, page_id)
  SELECT word, $1 FROM jsonb_array_elements_text($2::jsonb) AS word ON CONFLICT DO NOTHING`;

/** Whether the row has the phrases of an alternative in parameter `conditions`: see `phraseConditions`. */
const hasPhrases = (conditions: string) => `EXISTS (
  SELECT FROM jsonb_to_recordset(${conditions}::jsonb) AS alternative (query text, phrases text[], excluded text[])
  WHERE (query IS NULL OR vector @@ query::tsquery) AND words LIKE ALL (phrases) AND NOT words LIKE ANY (excluded)
)`;

/**
 * Selects the numbers of the newest pages that match a query of "wanted". The query is no constant and the order no key
 * (`+ 0`): the planner would otherwise read pages in order and decompress their vectors instead of using the index of
 * words. Phrases are checked from the newest page on.
 */
const newest = (table: TableName, query: string, conditions: string | undefined, limit = MAX_RESULTS) => `
  SELECT number FROM (
    SELECT number, vector, words FROM wanted JOIN ${table("pages")} ON vector @@ ${query} ORDER BY number + 0 DESC OFFSET 0
  ) AS matching ${conditions === undefined ? "" : `WHERE ${hasPhrases(conditions)}`}
  LIMIT ${limit}`;

// As on SQLite, pages are ranked only if no more than MAX_RESULTS match, and a prefix is read only if whole words match
// fewer. Only the texts of the range are read.
const FIND = (table: TableName, checksPhrases: boolean) => `
  WITH wanted AS MATERIALIZED (
    SELECT $1::tsquery AS any_form, $2::tsquery AS whole, $3::tsquery AS in_title, $4::tsquery AS exact
  ), matching_whole AS MATERIALIZED (
    ${newest(table, "whole", checksPhrases ? "$8" : undefined, MAX_RESULTS + 1)}
  ), matching AS MATERIALIZED (
    SELECT number FROM matching_whole WHERE (SELECT count(*) FROM matching_whole) > ${MAX_RESULTS}
    UNION ALL
    SELECT number FROM (${newest(table, "any_form", checksPhrases ? "$7" : undefined, MAX_RESULTS + 1)}) AS prefixed
      WHERE (SELECT count(*) FROM matching_whole) <= ${MAX_RESULTS}
  ), counted AS MATERIALIZED (
    SELECT count(*)::int AS count, count(*) > ${MAX_RESULTS} AS are_many FROM matching
  ), ranked AS (
    SELECT number, 0 AS tier, 0::float8 AS badness FROM (${newest(table, "exact", undefined)}) AS exact
    UNION ALL
    SELECT number, 1, -number FROM (${newest(table, "in_title", checksPhrases ? "$7" : undefined)}) AS titled
      WHERE (SELECT are_many FROM counted)
    UNION ALL
    SELECT number, 1, -ts_rank(vector, any_form, 1) FROM wanted, matching JOIN ${table("pages")} USING (number)
      WHERE NOT (SELECT are_many FROM counted)
    UNION ALL
    SELECT number, 2, -number FROM matching WHERE (SELECT are_many FROM counted)
  ), in_range AS (
    SELECT number, min(tier) AS tier, min(badness) AS badness FROM ranked
    GROUP BY number ORDER BY tier, badness, number LIMIT $5::int OFFSET $6::int
  )
  SELECT count, page_id, pages.slug, pages.title, pages.text
  FROM counted LEFT JOIN in_range ON TRUE LEFT JOIN ${table("pages")} AS pages USING (number)
  ORDER BY tier, badness, number`;

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
  find(query, { limit, offset }, table) {
    const whole = wholeWordQuery(query);
    const { exactTitle } = query;
    const checksPhrases = query.any.some(({ all, none }) => ![...all, ...none].every(isOneWord));
    return {
      sql: FIND(table, checksPhrases),
      params: [
        tsqueryOf(query),
        whole === undefined ? NOTHING : tsqueryOf(whole),
        tsqueryOf(titleQuery(query)),
        exactTitle === undefined ? NOTHING : `'${wholeTitle(exactTitle)}'`,
        limit,
        offset,
        ...(checksPhrases ? [phraseConditions(query), phraseConditions(whole ?? query)] : []),
      ],
    };
  },
  candidates: CANDIDATES,
  unpack: String,
  termOf: termsOf,
};

function put({ id, slug, title, text }: SearchEntry, table: TableName): Statement[] {
  const { start, titleWords, textWords } = text;
  // No phrase matches across the line break between title and text.
  const allWords = ` ${titleWords} \n ${textWords} `;
  return [{ sql: PUT_PAGE(table), params: [id, slug, title, start, allWords, vectorOf(text)] }];
}

const MAX_POSITIONS_OF_A_WORD = 4;
const LAST_POSITION = 16_383;

/** Returns a tsvector of the words, with the first positions of each for ranking. Words of the title have the weight A. */
function vectorOf({ titleWords, textWords }: PageText): string {
  const [title, text] = [splitWords(titleWords), splitWords(textWords)];
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
  const words = Array.from(positions, ([word, ofWord]) => `'${word}':${ofWord.join(",")}`);
  const marks = new Set(splitWords(titleMarks(titleWords)));
  return [...words, ...Array.from(marks, (mark) => `'${mark}'`)].join(" ");
}

/** Matches no page. */
const NOTHING = "'='";

/** Returns a tsquery for pages that have all the words of an alternative, and none of the single words it excludes. */
function tsqueryOf({ any }: SearchQuery): string {
  return any
    .map(({ all, none }) => {
      const unwanted = none.filter(isOneWord).map((phrase) => `!${termsOf(phrase)}`);
      return `(${[...all.map(termsOf), ...unwanted].join(" & ")})`;
    })
    .join(" | ");
}

/** Returns the alternatives in JSON, for the check of phrases by LIKE. The index has checked the words of a single one. */
function phraseConditions({ any }: SearchQuery): string {
  const conditions = any.map(({ all, none }) => ({
    query: any.length === 1 ? null : tsqueryOf({ any: [{ all, none }], exactTitle: undefined }),
    phrases: all.filter((phrase) => !isOneWord(phrase)).map(patternOf),
    excluded: none.filter((phrase) => !isOneWord(phrase)).map(patternOf),
  }));
  return JSON.stringify(conditions);
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
