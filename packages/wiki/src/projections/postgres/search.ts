import {
  type Projection,
  projection,
  type SqlViewStore,
  type Statement,
  type TableName,
} from "@palimpsest/eventsourcing";
import { exactTitleOf } from "../../content/search/match.ts";
import type { Alternative, Phrase } from "../../content/search/query.ts";
import { PAGE_EVENTS } from "../page-events.ts";
import type { PageText } from "../page-follower.ts";
import type { PageSections } from "../page-sections.ts";
import {
  SEARCH,
  SEARCH_VERSION,
  type SearchEntry,
  type SearchIndex,
  searchChanges,
  wordsIn,
} from "../search.ts";
import { candidatesOn, type FoundRow, foundTexts } from "../search-rows.ts";

// `words` holds all words in their order, for phrases: a tsvector keeps no more than 256 places of a word, and none
// beyond 16,383 (https://www.postgresql.org/docs/current/textsearch-limitations.html).
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

// The texts are read last, and only those asked for.
const FIND = (table: TableName) => `
  WITH wanted AS (
    SELECT query::tsquery, phrases, excluded
    FROM jsonb_to_recordset($1::jsonb) AS alternative (query text, phrases text[], excluded text[])
  ), found AS MATERIALIZED (
    SELECT page_id, coalesce(title_words = $2::text, false) AS is_exact, max(ts_rank(vector, query, 1)) AS rank
    FROM wanted JOIN ${table("pages")} AS pages
      ON vector @@ query AND words LIKE ALL (phrases) AND NOT words LIKE ANY (excluded)
    GROUP BY page_id
  ), asked AS (
    SELECT * FROM found ORDER BY is_exact DESC, rank DESC, page_id LIMIT $3::int OFFSET $4::int
  )
  SELECT total, page_id, pages.slug, pages.title, pages.text
  FROM (SELECT count(*)::int AS total FROM found) AS counted
    LEFT JOIN asked ON TRUE LEFT JOIN ${table("pages")} AS pages USING (page_id)
  ORDER BY is_exact DESC, rank DESC, page_id`;

// For each of the words wanted, the pages that have it or had it; a page is found if it is among those of all.
const CANDIDATES = (table: TableName) => `
  WITH wanted AS MATERIALIZED (
    SELECT (value ->> 0)::int AS alternative, value ->> 1 AS word, value ->> 2 AS last_word, value ->> 3 AS term
    FROM jsonb_array_elements($1::jsonb) AS given (value)
  ), known AS (
    SELECT alternative, term, page_id
    FROM wanted JOIN ${table("pages")} AS pages ON vector @@ term::tsquery
    UNION
    SELECT alternative, term, page_id
    FROM wanted JOIN ${table("former_words")} AS former
      ON former.word >= wanted.word COLLATE "C" AND former.word <= last_word COLLATE "C"
  )
  SELECT DISTINCT page_id FROM known GROUP BY alternative, page_id
  HAVING count(*) = (SELECT count(*) FROM wanted WHERE wanted.alternative = known.alternative)
  ORDER BY page_id`;

/** Keeps the words of every page in a tsvector with a GIN index. */
export function searchProjection(sections: PageSections): Projection<typeof PAGE_EVENTS, Statement> {
  return projection({
    name: SEARCH,
    version: SEARCH_VERSION,
    handles: PAGE_EVENTS,
    batchLimit: (events) => sections.batchLimit(events),
    tables: ["pages", "former_words"],
    create: (table) => [CREATE_PAGES, CREATE_INDEX, CREATE_FORMER_WORDS].map((sql) => ({ sql: sql(table) })),
    project: async (events, table) => {
      const { entries, gone, former } = searchChanges(await sections.read(events));
      return [
        ...entries.map((entry) => put(entry, table)),
        ...gone.map((id) => ({ sql: REMOVE_PAGE(table), params: [id] })),
        ...former.map(({ pageId, words }) => ({
          sql: PUT_FORMER_WORDS(table),
          params: [pageId, JSON.stringify(words)],
        })),
      ];
    },
  });
}

function put({ id, slug, title, text }: SearchEntry, table: TableName): Statement {
  const { start, titleWords, textWords } = text;
  // The line break keeps phrases from going on from the title into the text.
  const allWords = ` ${titleWords} \n ${textWords} `;
  return { sql: PUT_PAGE(table), params: [id, slug, title, titleWords, start, allWords, vectorOf(text)] };
}

const MAX_PLACES_OF_A_WORD = 4;
const LAST_PLACE = 16_383;

/** The words as a tsvector: those of the title with the weight A, and of each the first few places, for ranking. */
function vectorOf({ titleWords, textWords }: PageText): string {
  const [title, text] = [wordsIn(titleWords), wordsIn(textWords)];
  const places = new Map<string, string[]>();
  const note = (word: string, place: string) => {
    const noted = places.get(word) ?? [];
    if (noted.length === 0) places.set(word, noted);
    if (noted.length < MAX_PLACES_OF_A_WORD) noted.push(place);
  };
  title.forEach((word, index) => {
    note(word, `${index + 1}A`);
  });
  text.forEach((word, index) => {
    note(word, String(Math.min(title.length + index + 1, LAST_PLACE)));
  });
  return Array.from(places, ([word, at]) => `'${word}':${at.join(",")}`).join(" ");
}

/** Searches by tsvector, ranked by ts_rank. */
export function searchIndex(store: SqlViewStore): SearchIndex {
  return {
    find: async (query, { limit, offset }) => {
      const alternatives = JSON.stringify(query.any.map(conditionsOf));
      const params = [alternatives, exactTitleOf(query) ?? null, limit, offset];
      return foundTexts(await store.read<FoundRow>(SEARCH, (table) => ({ sql: FIND(table), params })));
    },
    candidates: (query) => candidatesOn(store, CANDIDATES, wordsOfPhrase, query),
  };
}

/** The index finds pages with all the words; whether these stand side by side, LIKE tells. */
function conditionsOf({ all, none }: Alternative) {
  const wanted = all.map(wordsOfPhrase);
  const unwanted = none.filter(isOneWord).map((phrase) => `!${wordsOfPhrase(phrase)}`);
  return {
    query: [...wanted, ...unwanted].join(" & "),
    phrases: all.filter((phrase) => !isOneWord(phrase)).map(patternOf),
    excluded: none.filter((phrase) => !isOneWord(phrase)).map(patternOf),
  };
}

function isOneWord({ words }: Phrase): boolean {
  return words.length === 1;
}

function wordsOfPhrase({ words, prefix }: Phrase): string {
  const terms = words.map((word, index) => `'${word}'${prefix && index === words.length - 1 ? ":*" : ""}`);
  return `(${terms.join(" & ")})`;
}

/** No word has a character that means something to LIKE. */
function patternOf({ words, prefix }: Phrase): string {
  return `% ${words.join(" ")}${prefix ? "" : " "}%`;
}
