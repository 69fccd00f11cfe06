// The differences between versions of a page as people see them.

import { beforeEach, describe, expect, it } from "vitest";
import { addresses } from "../packages/wiki/src/web/addresses.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { launchBrowser } from "./browser.ts";
import { invalid, recordScreens, UNKNOWN_ID } from "./fixtures/record-screens.ts";

const screens = recordScreens();
const { edit, get } = screens;

describe("the difference between versions", () => {
  beforeEach(async () => {
    await edit(screens.two, {
      title: "On-call",
      body: "Monday.\r\nWednesday, [[nowhere]].\r\n",
      summary: "Later",
    });
  });

  it("shows the newest edit by default", async () => {
    const html = await get(addresses.diff(screens.page.id));
    expect(html).toContain(">Version 1</a>");
    expect(html).toContain(">Version 3</a>");
    expect(html).toContain("<del>Tuesday.</del>");
    expect(html).toContain("<ins>Wednesday, [[nowhere]].</ins>");
    expect(html).toContain(
      `href="/-/page/${screens.page.id}/diff?from=0&amp;to=1&amp;view=columns" rel="prev"`,
    );
    expect(html).not.toContain('rel="next"');
  });

  it("shows changed titles in each view", async () => {
    for (const view of ["columns", "lines", "rendered"]) {
      const html = await get(addresses.diff(screens.page.id, 1, 3, view), screens.one);
      expect(html).toContain('<del dir="auto">Rota</del> <ins dir="auto">On-call</ins>');
      expect(html).toContain(strings.diff.undo);
    }
    const rendered = await get(addresses.diff(screens.page.id, 1, 3, "rendered"));
    expect(rendered).toMatch(/<del>Tuesday/);
    expect(rendered).toContain('class="wanted"');
    expect(rendered).not.toContain(strings.diff.undo);
  });

  it("can start before the first version, and can be empty", async () => {
    const first = await get(addresses.diff(screens.page.id, 0, 1), screens.one);
    expect(first).toContain(strings.diff.noPage);
    expect(first).toContain("<ins>Monday.</ins>");
    expect(first).not.toContain(strings.diff.undo);
    expect(await get(addresses.diff(screens.page.id, 2, 2))).toContain(strings.diff.same);
    expect(await get(addresses.diff(screens.page.id, 1, 2))).toContain(strings.diff.sameText);
  });

  it("marks only the line ending if nothing else of a line changed", async () => {
    await edit(screens.one, { body: "Monday.\nWednesday, [[nowhere]].\n" });
    const html = await get(addresses.diff(screens.page.id));
    expect(html.match(/<del class="ending">CRLF<\/del>/g)).toHaveLength(2);
    expect(html).toContain('<ins class="ending">LF</ins>');
    expect(html).not.toContain("<del>Monday");
  });

  it("links to the previous and next edit, even if it starts within one", async () => {
    await edit(screens.one, { body: "Friday." });
    const html = await get(addresses.diff(screens.page.id, 2, 3));
    expect(html).toContain('diff?from=1&amp;to=2&amp;view=columns" rel="prev"');
    expect(html).toContain('diff?from=3&amp;to=4&amp;view=columns" rel="next"');
  });

  it("of the rendered page is shown side by side and in one column", async () => {
    await edit(screens.one, { body: "Monday.\r\nThursday, [[nowhere]].\r\n\r\n# New\r\n" });
    const sides = await get(addresses.diff(screens.page.id, 3, 4, "rendered-columns"));
    expect(sides).toMatch(/>Version 3<\/th><th[^>]*>Version 4<\/th>/);
    expect(sides).toMatch(/class="side before"><div[^>]*><p[^>]*>Monday.\s<del>Wednesday<\/del>, <a href=/);
    expect(sides).toMatch(/class="side after"><div[^>]*><p[^>]*>Monday.\s<ins>Thursday<\/ins>, /);
    expect(sides).toMatch(
      /class="side before none"><\/td><td class="side after"><div[^>]*><ins class="block">/,
    );
    const column = await get(addresses.diff(screens.page.id, 3, 4, "rendered"));
    expect(column).toContain("<del>Wednesday</del><ins>Thursday</ins>");
    for (const view of ["columns", "lines", "rendered-columns", "rendered"]) {
      expect(column).toContain(`view=${view}"`);
    }
    await edit(screens.one, { body: "" });
    await edit(screens.one, { body: "\r\n" });
    const nothing = await get(addresses.diff(screens.page.id, 5, 6, "rendered-columns"));
    expect(nothing).toContain(strings.diff.bothEmpty);
  });

  it("of the rendered page is limited to what a browser can draw", async () => {
    await edit(screens.one, { body: "# Word\n".repeat(3_000) });
    const html = await get(addresses.diff(screens.page.id, 3, 4, "rendered-columns"));
    expect(html).toContain(strings.diff.incomplete);
    expect(html.match(/<tr/g)?.length).toBe(2_001);
  });

  it("of versions in the wrong order redirects to the right order", async () => {
    const answer = await screens.wiki.ask("GET", addresses.diff(screens.page.id, 3, 1, "lines"));
    expect(answer.headers.location).toBe(addresses.diff(screens.page.id, 1, 3, "lines"));
  });

  it("of a very long page is shown only as source", async () => {
    await edit(screens.one, { body: "Word. ".repeat(30_000) });
    expect(await get(addresses.diff(screens.page.id, 3, 4, "rendered"))).toContain(strings.diff.tooLong);
    expect(await get(addresses.diff(screens.page.id, 3, 4))).toContain("<ins>Word. Word.");
  });

  it("rejects unknown versions and invalid arguments", async () => {
    await get(addresses.diff(screens.page.id, 1, 99), undefined, 404);
    await get(addresses.diff(UNKNOWN_ID, 0, 1), undefined, 404);
    expect(await get(`/-/page/${screens.page.id}/diff?from=x`, undefined, 400)).toContain(invalid("from"));
    expect(await get(`/-/page/${screens.page.id}/diff?to=0`, undefined, 400)).toContain(invalid("to"));
    expect(await get(`/-/page/${screens.page.id}/diff?view=x`, undefined, 400)).toContain(invalid("view"));
  });
});

describe("a difference in a browser without JavaScript", () => {
  const listen = () => screens.wiki.server.listen({ host: "127.0.0.1", port: 0 });

  it("aligns blocks side by side, and shows one column in a narrow window", async () => {
    await edit(screens.one, {
      body: "# On-call\n\nThe first paragraph.\n\nالقاعدة الأولى هي كتابة الاختبارات\n\nSame.\n",
    });
    const body = "# On-call\n\nThe other paragraph.\n\n> New\n\nالقاعدة الأولى هي كتابة الأمثلة\n\nSame.\n";
    await edit(screens.two, { body });
    const browser = await launchBrowser();
    const context = await browser.newContext({ javaScriptEnabled: false, baseURL: await listen() });
    const window = await context.newPage();
    await window.goto(addresses.diff(screens.page.id, 2, 3));
    // Each line has the direction of its own text.
    const lines = window.locator(".diff .text.removed > div, .diff .text.added > div");
    const directions = await lines.evaluateAll((all) =>
      all.map((line) => [line.matches(":dir(rtl)"), /القاعدة/.test(line.textContent ?? "")]),
    );
    expect(directions.filter(([, isArabic]) => isArabic)).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(directions.every(([rtl, isArabic]) => rtl === isArabic)).toBe(true);
    // The keyboard reaches the other views from the current one.
    const ways = window.getByRole("navigation", { name: strings.common.views });
    await ways.getByRole("link", { name: strings.diff.views.columns }).focus();
    await window.keyboard.press("Tab");
    await window.keyboard.press("Tab");
    await window.keyboard.press("Enter");
    await window.waitForURL(/view=rendered-columns/);
    expect(await ways.locator("[aria-current]").innerText()).toBe(strings.diff.views["rendered-columns"]);
    const rows = window.locator(".pair");
    const shown = await rows.evaluateAll((all) =>
      all.map((row) =>
        [...row.children].map((cell) => {
          const { left, top } = (cell.firstElementChild ?? cell).getBoundingClientRect();
          return { left, top, text: (cell as HTMLElement).innerText.replace(/^Added:\s*/, "").trim() };
        }),
      ),
    );
    expect(shown.map((cells) => cells.map(({ text }) => text))).toEqual([
      ["On-call", "On-call"],
      ["The first paragraph.", "The other paragraph."],
      ["", "New"],
      ["القاعدة الأولى هي كتابة الاختبارات", "القاعدة الأولى هي كتابة الأمثلة"],
      ["Same.", "Same."],
    ]);
    for (const [one, other] of shown) {
      expect(one?.left).toBeLessThan(other?.left ?? 0);
      if (one?.text !== "") expect(one?.top).toBe(other?.top);
    }
    await window.setViewportSize({ width: 320, height: 700 });
    const cells = await window.locator(".side").evaluateAll((all) =>
      all.flatMap((cell) => {
        const { left, height } = cell.getBoundingClientRect();
        return height === 0 ? [] : [left];
      }),
    );
    // Equal blocks, and blocks of one side only, are shown once.
    expect(cells).toHaveLength(7);
    expect(new Set(cells).size).toBe(1);
    await browser.close();
  });
});
