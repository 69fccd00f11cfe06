import { LRUCache } from "lru-cache";
import { Article, parseArticle } from "../content/article.ts";

/** The most memory that parsed articles and their bodies use, in bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Articles by their bodies. They never become stale, because an article depends on its body alone. */
const articles = new LRUCache<string, Article>({
  maxSize: MAX_BYTES,
  sizeCalculation: (article, body) => 1 + article.bytes + 2 * body.length,
});

/** Resolves to the article of a body. Parses each body once while it is in the cache. */
export async function articleOf(body: string): Promise<Article> {
  const cached = articles.get(body);
  if (cached !== undefined) return cached;
  const article = new Article(parseArticle(body));
  articles.set(body, article);
  return article;
}
