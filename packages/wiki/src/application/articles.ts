import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { Article, parseArticleQuickly } from "../content/article.ts";
import { MAX_MARKDOWN_UNITS } from "../content/markdown-parser.ts";
import type { TaskRunner } from "../workers/task-runner.ts";

/** The most memory that parsed articles and their keys use, in bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Articles by `keyOf` their bodies. They never become stale, because an article depends on its body alone. */
const articles = new LRUCache<string, Article>({
  maxSize: MAX_BYTES,
  sizeCalculation: (article, key) => 1 + article.bytes + 2 * key.length,
});

const beingParsed = new Map<string, Promise<Article>>();

/**
 * Resolves to the article of a body. Parses each body once while it is in the cache. A body that is too long to be parsed is
 * not cached.
 * @throws ServerBusyError, if the body is long and too many computations wait for a worker thread
 */
export async function articleOf(body: string, workers: TaskRunner): Promise<Article> {
  if (body.length > MAX_MARKDOWN_UNITS) return parse(body, workers);
  const key = keyOf(body);
  const known = articles.get(key) ?? beingParsed.get(key);
  if (known !== undefined) return known;
  const parsing = parse(body, workers);
  beingParsed.set(key, parsing);
  try {
    const article = await parsing;
    articles.set(key, article);
    return article;
  } finally {
    beingParsed.delete(key);
  }
}

async function parse(body: string, workers: TaskRunner): Promise<Article> {
  return new Article(parseArticleQuickly(body) ?? (await workers.run("parseArticle", body)));
}

/** V8 hashes a longer string by its length alone, so a map would compare all keys of that length. */
const MAX_HASHED_UNITS = 16_383;
const DIGEST_UNITS = 43;

/** Returns a short body, or the digest of a long one. Bodies with the length of a digest are digested too. */
function keyOf(body: string): string {
  if (body.length <= MAX_HASHED_UNITS && body.length !== DIGEST_UNITS) return body;
  // UTF-8 would encode all lone surrogates alike.
  return hash("sha256", Buffer.from(body, "utf16le"), "base64url");
}
