// The authorship of a page as people see it.

import { describe, expect, it } from "vitest";
import { addresses } from "../packages/wiki/src/web/addresses.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { invalid, recordScreens } from "./fixtures/record-screens.ts";

const screens = recordScreens();
const { edit, get } = screens;

describe("the authorship of a page", () => {
  it("names the author of each part of any version, in the source and beside the page", async () => {
    await edit(screens.two, { body: "Monday.\r\nTuesday.\r\n\r\nAnd <b>Wednesday</b>.\r\n" });
    const source = await get(addresses.authorship(screens.page.id));
    expect(source).toContain('title="Editor One, ');
    expect(source).toContain("And &lt;b>Wednesday&lt;/b>.");
    expect(source).toMatch(/class="authored author-1" href="[^"]+from=1&amp;to=2" title="Editor Two/);
    expect(source).toMatch(/Editor Two<\/bdi>[^%]+5\d%/);
    const rendered = await get(addresses.authorship(screens.page.id, undefined, "rendered"));
    expect(rendered).toMatch(/Written by <a href="[^"]+"><bdi>Editor One/);
    expect(rendered).toMatch(/in version 2<\/a>/);
    const first = await get(addresses.authorship(screens.page.id, 1));
    expect(first).not.toContain("Editor Two");
    expect(first).toContain("100%");
  });

  it("marks the words of each author, and the note names the last author", async () => {
    await edit(screens.two, { body: "Monday.\r\nTuesday, [Wednesday](/wednesday) and <.\r\n" });
    const html = await get(addresses.authorship(screens.page.id, undefined, "rendered"));
    const marked = [...html.matchAll(/<span class="authored (author-\d)" title="([^,"]+)[^>]*>([^<]*)</g)];
    expect(marked.map(([, ...mark]) => mark)).toEqual([
      ["author-2", "Editor One", "Monday.\nTuesday"],
      ["author-1", "Editor Two", ", "],
      ["author-1", "Editor Two", "Wednesday"],
      ["author-1", "Editor Two", " and &lt;"],
      ["author-2", "Editor One", "."],
    ]);
    const note = /<p class="margin-note">(.*?)<\/p>/.exec(html)?.[1]?.replace(/<[^>]*>/g, "");
    expect(note).toMatch(
      /^Mostly by Editor Two, also by Editor One; last changed by Editor Two in version 2, /,
    );
  });

  it("of an empty page has no authors", async () => {
    await edit(screens.two, { body: "" });
    expect(await get(addresses.authorship(screens.page.id))).toContain(strings.common.emptyVersion);
  });

  it("rejects unknown versions and invalid arguments", async () => {
    await get(addresses.authorship(screens.page.id, 7), undefined, 404);
    expect(await get(`/-/page/${screens.page.id}/authorship?version=0`, undefined, 400)).toContain(
      invalid("version"),
    );
    expect(await get(`/-/page/${screens.page.id}/authorship?view=x`, undefined, 400)).toContain(
      invalid("view"),
    );
  });
});
