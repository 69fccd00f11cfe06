import { asUser } from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { afterEach, describe, expect, test } from "vitest";
import { ContentManagement } from "../application/content-management.ts";
import { parseConfig } from "../config.ts";
import { SYSTEM } from "../domain/user.ts";
import { openViews } from "../open-views.ts";
import { inlineTasks } from "../workers/task-runner.ts";
import { renderArticle } from "./article.ts";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

async function openWiki() {
  const recorder = memoryRecorder();
  const content = new ContentManagement({ recorder });
  const views = await openViews({ kind: "memory" }, recorder, content);
  opened.push(content, views);
  const config = parseConfig({});
  const logged: unknown[] = [];
  const wantedIn = async (body: string) => {
    const log = { error: (error: unknown) => logged.push(error) };
    const { html } = await renderArticle(
      { title: "T", slug: "a/b", files: [], body },
      { content, views, config, workers: inlineTasks },
      log,
    );
    return Array.from(html.matchAll(/<a href="\/([^"]+)" class="wanted">/g), ([, slug]) => slug);
  };
  const create = (slugs: readonly string[]) =>
    asUser(SYSTEM, async () => {
      for (const slug of slugs) await content.createPage(slug, slug);
    });
  return { content, views, logged, wantedIn, create };
}

const SLUGS = Array.from({ length: 120 }, (_, index) => `page-${index}`);
const BODY = SLUGS.map((slug) => `[[${slug}]]`).join(" ");

describe("links to pages", () => {
  test("are marked if no page exists, for any number of links", async () => {
    const { content, views, wantedIn, create, logged } = await openWiki();
    views.runner.start();
    await create(SLUGS);
    await views.runner.waitFor(undefined, await content.position(), { timeoutMs: 20_000 });
    expect(await wantedIn(`[[nowhere]] ${BODY} [there](/page-7) [nor there](/gone)`)).toEqual([
      "nowhere",
      "gone",
    ]);
    expect(logged).toEqual([]);
  });

  test("are relative to the page's address", async () => {
    const { wantedIn, create } = await openWiki();
    await create(["a/two", "three"]);
    expect(await wantedIn("[two](two) [up](../three) [two](./two/) [not](three) [nor](../two)")).toEqual([
      "a/three",
      "two",
    ]);
  });

  test("are not marked if the page is newer than the view", async () => {
    const { wantedIn, create } = await openWiki();
    await create(SLUGS);
    expect(await wantedIn(`[[page-3]] [[nowhere]]`)).toEqual(["nowhere"]);
    expect(await wantedIn(BODY)).toEqual(SLUGS.slice(100));
  });

  test("are marked by the record if the view fails", async () => {
    const { views, wantedIn, create, logged } = await openWiki();
    await create(["page-3"]);
    await views.close();
    expect(await wantedIn(BODY)).toEqual(SLUGS.slice(0, 100).filter((slug) => slug !== "page-3"));
    expect(logged).toHaveLength(1);
  });
});
