import { EventLoopYielder } from "@palimpsest/eventsourcing";
import type { MarkdownBlock } from "../../content/article.ts";
import { keyOfTexts, SharedResults } from "../../workers/shared-results.ts";
import type { TaskRunner } from "../../workers/task-runner.ts";
import { diffRowHtml, type SourceDiffView } from "./diff-table.tsx";
import { drawnRows, MAX_DRAWN_ROWS } from "./drawn-rows.ts";
import { comparedHtml, comparedRows } from "./rendered-comparison.ts";
import { comparedRowHtml } from "./rendered-table.tsx";

/** The HTML that shows a difference: the rows of its table, or the page with marked changes. */
export interface DiffContent {
  readonly html: string;
  /** False if a part was left out. */
  readonly complete: boolean;
}

export type RenderedDiffView = "rendered" | "rendered-columns";

const MAX_CACHED_BYTES = 32 * 1024 * 1024;

/** Compares texts and pages for the screen of a difference, and caches the HTML by what was compared. */
export class DiffContents {
  readonly #workers: TaskRunner;
  readonly #results = new SharedResults<DiffContent>({
    maxBytes: MAX_CACHED_BYTES,
    bytesOf: ({ html }) => 2 * html.length,
  });

  constructor(workers: TaskRunner) {
    this.#workers = workers;
  }

  /** Resolves to the rows of a difference of two texts. */
  ofTexts(view: SourceDiffView, from: string, to: string, signal: AbortSignal): Promise<DiffContent> {
    return this.#results.get(
      keyOfTexts([view, from, to]),
      async (signal) => {
        const rows = await this.#workers.run("lineDiff", { from, to, maxRows: MAX_DRAWN_ROWS + 1 }, signal);
        const { rows: drawn, complete } = drawnRows(rows);
        return { html: await joinHtml(drawn, (row) => diffRowHtml(view, row)), complete };
      },
      signal,
    );
  }

  /** Resolves to the difference of two rendered pages. */
  ofPages(
    view: RenderedDiffView,
    before: readonly MarkdownBlock[],
    after: readonly MarkdownBlock[],
    signal: AbortSignal,
  ): Promise<DiffContent> {
    const [from, to] = [before.map(({ html }) => html), after.map(({ html }) => html)];
    return this.#results.get(
      keyOfTexts([view], from, to),
      async (signal) => {
        if (view === "rendered") {
          const changes = await this.#workers.run("renderedDiff", { from, to }, signal);
          return { html: comparedHtml(changes), complete: true };
        }
        const rows = await this.#workers.run("renderedDiffRows", { from, to }, signal);
        const { blocks, complete } = comparedRows(rows);
        return { html: await joinHtml(blocks, comparedRowHtml), complete };
      },
      signal,
    );
  }
}

async function joinHtml<Row>(rows: readonly Row[], htmlOf: (row: Row) => string): Promise<string> {
  const yielder = new EventLoopYielder();
  let html = "";
  for (const row of rows) {
    html += htmlOf(row);
    if (yielder.isDue) await yielder.step();
  }
  return html;
}
