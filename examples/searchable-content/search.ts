import { type ApplicationRecorder, ProjectionRunner, type SqlViewStore } from "@palimpsest/eventsourcing";
import type { ContentManagement } from "../content-management/application.ts";
import { searchProjection, wordsOf } from "./projection.ts";

export interface FoundPage {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
}

/** Finds pages by their words, in a view that follows the pages. */
export class Search {
  readonly runner;
  readonly #views: SqlViewStore;

  constructor(pages: ContentManagement, recorder: ApplicationRecorder, views: SqlViewStore) {
    this.#views = views;
    this.runner = new ProjectionRunner({
      recorder,
      mapper: pages.mapper,
      store: views,
      projections: [searchProjection(pages.repository)],
    });
  }

  /**
   * Resolves to the pages that have all words of the query, by title.
   * @param options.after a notification id: waits until the view includes it, at most five seconds
   * @throws ViewBehindError if it does not by then
   */
  async find(query: string, { after = 0 }: { readonly after?: number } = {}): Promise<readonly FoundPage[]> {
    await this.runner.waitFor(["search"], after, { timeoutMs: 5_000 });
    const words = wordsOf(query);
    if (words.length === 0) return [];
    return this.#views.read<FoundPage>("search", (table) => ({
      sql: `SELECT id, slug, title FROM ${table("pages")}
            WHERE ${words.map((_, index) => `words LIKE $${index + 1}`).join(" AND ")} ORDER BY title, id`,
      params: words.map((word) => `% ${word} %`),
    }));
  }
}
