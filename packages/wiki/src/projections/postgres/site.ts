import type { Projection, SqlViewStore, Statement } from "@palimpsest/eventsourcing";
import type { PAGE_EVENTS } from "../page-events.ts";
import type { PageSections } from "../page-sections.ts";
import type { SiteView } from "../site.ts";
import { type SiteDialect, siteProjectionOn, siteViewOn } from "../site-sql.ts";

const DIALECT: SiteDialect = {
  text: 'text COLLATE "C"',
  number: "bigint",
  ofTable: "",
  given: "jsonb_array_elements($1::jsonb) AS given (value)",
  listed: "SELECT jsonb_array_elements_text($1::jsonb)",
};

/** Keeps pages, slugs and links in PostgreSQL. */
export function siteProjection(sections: PageSections): Projection<typeof PAGE_EVENTS, Statement> {
  return siteProjectionOn(DIALECT, sections);
}

/** Asks PostgreSQL. */
export function siteView(store: SqlViewStore): SiteView {
  return siteViewOn(DIALECT, store);
}
