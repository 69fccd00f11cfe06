import {
  type Projection,
  projection,
  type SqlViewStore,
  type Statement,
  type TableName,
} from "@palimpsest/eventsourcing";
import { LINKS, type LinksView, linkChanges, linkRows, pageRows } from "../links.ts";
import { linksViewOn } from "../links-sql.ts";
import { type LoadPage, PAGE_EVENTS } from "../page-events.ts";

// Titles and slugs are ordered by code points, whatever the language of the database.
const CREATE = (table: TableName): readonly string[] => [
  `CREATE TABLE ${table("pages")} (
     page_id text PRIMARY KEY, slug text COLLATE "C" NOT NULL, title text COLLATE "C" NOT NULL)`,
  `CREATE TABLE ${table("slugs")} (slug text COLLATE "C" PRIMARY KEY, page_id text NOT NULL)`,
  `CREATE INDEX ${table("slugs_by_page")} ON ${table("slugs")} (page_id)`,
  `CREATE TABLE ${table("links")} (
     page_id text NOT NULL, slug text COLLATE "C" NOT NULL, other_slug text COLLATE "C")`,
  `CREATE INDEX ${table("links_by_page")} ON ${table("links")} (page_id)`,
  `CREATE INDEX ${table("links_by_slug")} ON ${table("links")} (slug)`,
  `CREATE INDEX ${table("links_by_other_slug")} ON ${table("links")} (other_slug)`,
];

/** The texts in a list that is the one parameter, as JSON. */
const LISTED = "SELECT jsonb_array_elements_text($1::jsonb)";

// Each takes the changes of a whole section as JSON.
const PUT_PAGES = (table: TableName) => `
  INSERT INTO ${table("pages")} (page_id, slug, title)
  SELECT id, slug, title FROM jsonb_to_recordset($1::jsonb) AS page (id text, slug text, title text)
  ON CONFLICT (page_id) DO UPDATE SET slug = excluded.slug, title = excluded.title`;

const PUT_SLUGS = (table: TableName) => `
  INSERT INTO ${table("slugs")} (slug, page_id)
  SELECT slug, "pageId" FROM jsonb_to_recordset($1::jsonb) AS taken (slug text, "pageId" text)
  ON CONFLICT (slug) DO UPDATE SET page_id = excluded.page_id`;

const PUT_LINKS = (table: TableName) => `
  INSERT INTO ${table("links")} (page_id, slug, other_slug)
  SELECT link ->> 0, link ->> 1, link ->> 2 FROM jsonb_array_elements($1::jsonb) AS link`;

const REMOVE_LINKS = (table: TableName) => `
  DELETE FROM ${table("links")} WHERE page_id IN (${LISTED})`;

const REMOVE_PAGES = (table: TableName) => `
  DELETE FROM ${table("pages")} WHERE page_id IN (${LISTED})`;

/** Keeps the links of every page, and the slugs that lead to it. */
export function linksProjection(loadPage: LoadPage): Projection<typeof PAGE_EVENTS, Statement> {
  return projection({
    name: LINKS,
    version: 1,
    handles: PAGE_EVENTS,
    tables: ["pages", "slugs", "links"],
    create: (table) => CREATE(table).map((sql) => ({ sql })),
    project: async (events, table) => {
      const { pages, gone, slugs } = await linkChanges(events, loadPage);
      const touched = [...pages.map(({ id }) => id), ...gone];
      return [
        { sql: REMOVE_LINKS(table), params: [JSON.stringify(touched)] },
        { sql: REMOVE_PAGES(table), params: [JSON.stringify(gone)] },
        { sql: PUT_PAGES(table), params: [JSON.stringify(pageRows(pages))] },
        { sql: PUT_SLUGS(table), params: [JSON.stringify(slugs)] },
        { sql: PUT_LINKS(table), params: [JSON.stringify(linkRows(pages))] },
      ];
    },
  });
}

/** Asks PostgreSQL. */
export function linksView(store: SqlViewStore): LinksView {
  return linksViewOn(store, LISTED);
}
