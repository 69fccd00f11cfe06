import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { linksBySlug } from "../../../../test/rendering.ts";
import { Article, type LinkOptions, parseArticle, parseArticleQuickly } from "../content/article.ts";
import { inlineTasks, type TaskRunner } from "../workers/task-runner.ts";
import { WorkerPool } from "../workers/worker-pool.ts";
import { articleOf } from "./articles.ts";

/** Returns a runner that counts its tasks. */
function countingTasks() {
  const counts = { started: 0 };
  const workers: TaskRunner = {
    run(...task) {
      counts.started += 1;
      return inlineTasks.run(...task);
    },
  };
  return { counts, workers };
}

/** Too long to be parsed without a task. */
const longBodyOf = (words: string) => bodyOf(words.repeat(10_000));

const bodyOf = (words: string) => ["# A heading", words, "[[a link]]"].join("\n\n");

describe("articleOf", () => {
  test("parses equal bodies once, also if they are requested at the same time", async () => {
    const { counts, workers } = countingTasks();
    const [one, same] = await Promise.all([
      articleOf(longBodyOf("first"), workers),
      articleOf(longBodyOf("first"), workers),
    ]);
    expect(same).toBe(one);
    expect(await articleOf(longBodyOf("first"), workers)).toBe(one);
    expect(await articleOf(longBodyOf("other"), workers)).not.toBe(one);
    expect(counts.started).toBe(2);
  });

  test("parses a long body in a worker thread, with the same result", async () => {
    const workers = new WorkerPool({ threads: 1 });
    try {
      const body = `[[a link]]\n\n${"![".repeat(20_000)}`;
      const article = await articleOf(body, workers);
      expect(workers.threadCount).toBe(1);
      const options: LinkOptions = { resolveLink: linksBySlug() };
      expect(article.html(options)).toBe(new Article(parseArticle(body)).html(options));
    } finally {
      await workers.close();
    }
  });

  test.each([100, 20_000])("distinguishes bodies of %i characters that differ in one", async (length) => {
    const htmlOf = async (end: string) => {
      const article = await articleOf(" word".repeat(length / 5) + end, inlineTasks);
      return article.html({ resolveLink: linksBySlug() });
    };
    for (const end of ["a", "b", "\ud800", "\ud801", "\ufffd"]) {
      expect((await htmlOf(end)).trimEnd()).toMatch(new RegExp(`word${end}</p>$`));
    }
  });

  test("does not confuse a body with the digest of another", async () => {
    const long = "word ".repeat(5_000);
    const digest = createHash("sha256").update(Buffer.from(long, "utf16le")).digest("base64url");
    expect(await articleOf(digest, inlineTasks)).not.toBe(await articleOf(long, inlineTasks));
  });

  test("parses an empty body", async () => {
    expect((await articleOf("", inlineTasks)).headings).toEqual([]);
  });

  test("parses a body again after parsing it failed", async () => {
    const failing: TaskRunner = { run: () => Promise.reject(new Error("The thread ended.")) };
    await expect(articleOf(longBodyOf("failed"), failing)).rejects.toThrow("The thread ended.");
    expect((await articleOf(longBodyOf("failed"), inlineTasks)).headings).toHaveLength(1);
  });
});

describe("parseArticleQuickly", () => {
  test("parses pages of an ordinary length", () => {
    const body = bodyOf(`${"Some *words* and `code`.\n".repeat(300)}\n\`\`\`ts\nconst a = 1;\n\`\`\`\n`);
    expect(parseArticleQuickly(body)).toEqual(parseArticle(body));
  });

  test.each(["![", "a@b.c ", "* a\n", "word "])("refuses a long body of %j", (text) => {
    expect(parseArticleQuickly(text.repeat(32_000))).toBeUndefined();
  });

  test("refuses a body with much highlighted code", () => {
    const code = (language: string) => `~~~${language}\n${"a\n".repeat(2_000)}~~~\n`;
    expect(parseArticleQuickly(code(""))).toBeDefined();
    expect(parseArticleQuickly(code("csharp"))).toBeUndefined();
  });
});
