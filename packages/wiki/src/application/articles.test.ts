import { expect, test } from "vitest";
import { articleOf } from "./articles.ts";

test("articleOf parses equal bodies once", async () => {
  const body = (words: string) => ["# A heading", words, "[[a link]]"].join("\n\n");
  const article = await articleOf(body("first"));
  expect(await articleOf(body("first"))).toBe(article);
  expect(await articleOf(body("other"))).not.toBe(article);
});
