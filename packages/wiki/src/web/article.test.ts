import { asUser } from "@palimpsest/eventsourcing";
import { describe, expect, test } from "vitest";
import { openMemoryWiki } from "../../../../test/memory-wiki.ts";
import { parseConfig } from "../config.ts";
import { SYSTEM } from "../domain/user.ts";
import { inlineTasks } from "../workers/task-runner.ts";
import { renderArticle } from "./article.ts";

async function openWiki() {
  const { content, views } = await openMemoryWiki();
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
  const write = async (commands: () => Promise<unknown>) => {
    await asUser(SYSTEM, commands);
    views.runner.start();
    await views.runner.waitFor(undefined, await content.position(), { timeoutMs: 20_000 });
  };
  const render = async (body: string, slug = "shown") => {
    const log = { error: (error: unknown) => logged.push(error) };
    const page = { title: "T", slug, body, files: [] };
    return (await renderArticle(page, { content, views, config, workers: inlineTasks }, log)).html;
  };
  return { content, views, logged, wantedIn, create, write, render };
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

describe("embeds", () => {
  const textOf = (html: string) =>
    html
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
      .trim();

  test("show a page or a section with links of that page and without ids", async () => {
    const { content, write, render } = await openWiki();
    const body =
      "---\nkey: value\n---\n# Guide\n\nIntro [next](two) [[nowhere]] [up](#part)\n\n## Part\n\nIn part\n\n### Deep\n\nDeeper\n\n## Last\n\nEnd";
    await write(async () => {
      await content.createPage("Guide", "book/guide", body);
      await content.createPage("Two", "book/two");
    });
    const whole = await render("![[Guide]]");
    expect(textOf(whole)).toBe("Guide Intro next nowhere up Part In part Deep Deeper Last End");
    expect(whole).toContain('<a href="/book/two">next</a>');
    expect(whole).toContain('<a href="/nowhere" class="wanted">');
    expect(whole).toContain('<a href="/book/guide#h-part">up</a>');
    expect(whole).not.toContain(" id=");
    const section = await render("- ![[Guide#Part]]\n- ![[book/guide#deep|label]]");
    expect(textOf(section)).toBe("Guide › Part Part In part Deep Deeper Guide › deep Deep Deeper");
    expect(textOf(await render("![[Guide#Other]]"))).toBe("Guide has no section Other .");
  });

  test("are links within text", async () => {
    const { content, write, render } = await openWiki();
    await write(() => content.createPage("Guide", "guide", "inner"));
    expect(await render("See ![[Guide]] and\n![[Guide|this]]")).toBe(
      '<p dir="auto">See <a href="/guide">Guide</a> and\n<a href="/guide">this</a></p>\n',
    );
    expect(textOf(await render("![[Guide]]\n![[Guide]]"))).toBe("Guide inner Guide inner");
  });

  test("have notices if the page is missing, archived or not unique", async () => {
    const { content, write, render } = await openWiki();
    await write(async () => {
      await content.createPage("Same", "one");
      await content.createPage("Same", "two");
      const { page } = await content.addPage({ title: "Gone", slug: "gone" });
      await content.archivePage(page.id);
    });
    expect(await render("![[Not <here>]]")).toContain('<a href="/-/new?slug=not-here">Create page</a>');
    expect(textOf(await render("![[Gone]]"))).toContain("doesn’t exist");
    expect(await render("![[Same]]")).toContain('<a href="/-/choose?title=Same">');
  });

  test("end at a page that contains itself, and at a depth of five pages", async () => {
    const { content, write, render } = await openWiki();
    await write(async () => {
      await content.createPage("A", "a", "in A\n\n![[B]]");
      await content.createPage("B", "b", "in B\n\n![[A]]");
      for (let number = 1; number <= 9; number += 1) {
        await content.createPage(`P${number}`, `p${number}`, `text ${number}\n\n![[P${number + 1}]]`);
      }
    });
    expect(textOf(await render("![[A]]"))).toBe(
      "A in A B in B A isn’t shown here, because it contains this page.",
    );
    expect(textOf(await render("in A\n\n![[B]]", "a"))).toBe(
      "in A B in B A isn’t shown here, because it contains this page.",
    );
    const deep = textOf(await render("![[P1]]"));
    expect(deep).toContain("text 4 P5 isn’t shown here: too many pages");
    expect(deep).not.toContain("text 5");
  });

  test("are links beyond the limits of their number and text", async () => {
    const { content, write, render } = await openWiki();
    await write(async () => {
      await content.createPage("A", "a", "word ".repeat(1_000));
      for (let number = 0; number < 60; number += 1)
        await content.createPage(`N${number}`, `n${number}`, "shown");
    });
    const many = await render("![[A]]\n\n".repeat(3_000));
    expect(many.length).toBeLessThan(1_200_000);
    expect(many.match(/class="embed"/g)?.length).toBeGreaterThan(150);
    expect(many.match(/are only linked/g)).toHaveLength(1);
    const distinct = await render(Array.from({ length: 60 }, (_, number) => `![[N${number}]]`).join("\n"));
    expect(distinct.match(/class="embed"/g)).toHaveLength(50);
    expect(distinct.match(/are only linked/g)).toHaveLength(1);
    expect(distinct).toContain('<a href="/n59">');
    const missing = await render(
      Array.from({ length: 1_000 }, (_, number) => `![[x${number}]]`).join("\n\n"),
    );
    expect(missing.match(/class="embed notice"/g)).toHaveLength(51);
  });
});
