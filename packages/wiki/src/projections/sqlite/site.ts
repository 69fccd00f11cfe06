import type { Projection, SqlViewStore, Statement } from "@palimpsest/eventsourcing";
import type { PAGE_EVENTS } from "../page-events.ts";
import type { PageSections } from "../page-sections.ts";
import type { SiteView } from "../site.ts";
import { type SiteDialect, siteProjectionOn, siteViewOn } from "../site-sql.ts";

const DIALECT: SiteDialect = {
  text: "TEXT",
  number: "INTEGER",
  ofTable: " STRICT",
  given: "json_each($1) AS given",
  listed: "SELECT value FROM json_each($1)",
};

/** Keeps pages, slugs and links in SQLite. */
export function siteProjection(sections: PageSections): Projection<typeof PAGE_EVENTS, Statement> {
  return siteProjectionOn(DIALECT, sections);
}

/** Asks SQLite. */
export function siteView(store: SqlViewStore): SiteView {
  return siteViewOn(DIALECT, store);
}
