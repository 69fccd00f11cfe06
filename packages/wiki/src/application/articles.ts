import { LRUCache } from "lru-cache";
import { Article } from "../content/article.ts";
import type { TaskRunner } from "../workers/task-runner.ts";

/** The most memory that parsed articles and their bodies use, in bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Articles by their bodies. They never become stale, because an article depends on its body alone. */
const articles = new LRUCache<string, Article>({
  maxSize: MAX_BYTES,
  maxEntrySize: MAX_BYTES / 4,
  sizeCalculation: (article, body) => 1 + article.bytes + 2 * body.length,
});

const beingParsed = new Map<string, Promise<Article>>();

/**
 * Resolves to the article of a body. Parses each body once while it is in the cache.
 * @throws ServerBusyError, if the body is long and too many computations wait for a worker thread
 */
export async function articleOf(body: string, workers: TaskRunner): Promise<Article> {
  const cached = articles.get(body) ?? beingParsed.get(body);
  if (cached !== undefined) return cached;
  const parsing = parse(body, workers).finally(() => beingParsed.delete(body));
  beingParsed.set(body, parsing);
  return parsing;
}

async function parse(body: string, workers: TaskRunner): Promise<Article> {
  const article = new Article(await workers.run("parseArticle", body));
  articles.set(body, article);
  return article;
}
