import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Article, isParsedQuickly, type LinkOptions, parseArticle } from "../content/article.ts";
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

const bodyOf = (words: string) => ["# A heading", words, "[[a link]]"].join("\n\n");

describe("articleOf", () => {
  test("parses equal bodies once, also if they are requested at the same time", async () => {
    const { counts, workers } = countingTasks();
    const [one, same] = await Promise.all([
      articleOf(bodyOf("first"), workers),
      articleOf(bodyOf("first"), workers),
    ]);
    expect(same).toBe(one);
    expect(await articleOf(bodyOf("first"), workers)).toBe(one);
    expect(await articleOf(bodyOf("other"), workers)).not.toBe(one);
    expect(counts.started).toBe(2);
  });

  test("parses a long body in a worker thread, with the same result", async () => {
    const workers = new WorkerPool({ threads: 1 });
    try {
      const body = `[[a link]]\n\n${"![".repeat(20_000)}`;
      const article = await articleOf(body, workers);
      expect(workers.threadCount).toBe(1);
      const options: LinkOptions = { resolveLink: () => "exists", hrefOf: (slug) => slug };
      expect(article.html(options)).toBe(new Article(parseArticle(body)).html(options));
    } finally {
      await workers.close();
    }
  });

  test.each([100, 20_000])("distinguishes bodies of %i characters that differ in one", async (length) => {
    const htmlOf = async (end: string) => {
      const article = await articleOf(" word".repeat(length / 5) + end, inlineTasks);
      return article.html({ resolveLink: () => "exists", hrefOf: (slug) => slug });
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
    await expect(articleOf(bodyOf("failed"), failing)).rejects.toThrow("The thread ended.");
    expect((await articleOf(bodyOf("failed"), inlineTasks)).headings).toHaveLength(1);
  });
});

describe("isParsedQuickly", () => {
  test("accepts pages of an ordinary length", () => {
    expect(isParsedQuickly(bodyOf("Some *words* and `code`.\n".repeat(300)))).toBe(true);
  });

  test.each(["![", "a@b.c ", "* a\n", "word "])("refuses a long body of %j", (text) => {
    expect(isParsedQuickly(text.repeat(32_000))).toBe(false);
  });
});
