import type { FastifyBaseLogger } from "fastify";
import { articleOf } from "../application/articles.ts";
import type { PageDetails } from "../application/pages.ts";
import { currentWiki } from "../application/wiki-reading.ts";
import type { MarkdownBlock, TitledArticle } from "../content/article.ts";
import type { TaskRunner } from "../workers/task-runner.ts";
import { addresses } from "./addresses.ts";
import { EmbedRenderer } from "./embeds.tsx";
import { type PageText, resolveLinks } from "./link-options.ts";
import type { Reading } from "./reading.ts";
import type { WebOptions } from "./web-options.ts";

type Log = Pick<FastifyBaseLogger, "error">;
type CurrentWikiOptions = Pick<WebOptions, "content" | "views" | "config" | "workers">;

/** Renders a page like `renderArticleOf`, for the current wiki. */
export function renderArticle(
  page: PageText & Pick<PageDetails, "title">,
  options: CurrentWikiOptions,
  log: Log,
): Promise<TitledArticle> {
  return renderArticleOf(page, currentReading(options), options.workers, log);
}

/**
 * Renders a page's body as safe HTML below its title. Marks links to pages that do not exist at that date, and
 * shows the pages that it embeds.
 * @throws ServerBusyError
 */
export async function renderArticleOf(
  page: PageText & Pick<PageDetails, "title">,
  reading: Reading,
  workers: TaskRunner,
  log: Log,
): Promise<TitledArticle> {
  const article = await articleOf(page.body, workers);
  const options = await new EmbedRenderer(reading, workers, log).optionsFor(article, page);
  return article.belowTitle(page.title, options);
}

/** Renders the outermost blocks of a page's body. Embeds are links, since their text is not of this page. @throws ServerBusyError */
export async function renderBlocksOf(
  page: PageText,
  reading: Reading,
  workers: TaskRunner,
  log: Log,
): Promise<readonly MarkdownBlock[]> {
  const article = await articleOf(page.body, workers);
  return article.blocks((await resolveLinks(article, page, reading, log)).options);
}

function currentReading({ content, views, config }: CurrentWikiOptions): Reading {
  const wiki = currentWiki(content, views);
  return { wiki, origin: config.publicOrigin, addresses, mayCreate: true, trace: undefined };
}
