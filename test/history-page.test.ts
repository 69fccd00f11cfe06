// The history of a page as people see it.

import { asUser } from "@palimpsest/eventsourcing";
import { describe, expect, it } from "vitest";
import { addresses } from "../packages/wiki/src/web/addresses.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { invalid, recordScreens, redirectOf, UNKNOWN_ID } from "./fixtures/record-screens.ts";
import { openWikiServer } from "./fixtures/wiki-server.ts";

const screens = recordScreens();
const { edit, get } = screens;

describe("the history of a page", () => {
  it("shows the changes, author and summary of each save together", async () => {
    await edit(screens.two, { title: "On-call", slug: "duty", body: "Monday.\r\n", summary: "<Shorter>" });
    const html = await get(addresses.history(screens.page.id));
    expect(html).toContain("History of <bdi>On-call</bdi>");
    expect(html).toContain("Versions 2–4");
    expect(html).toContain('Title changed from <bdi class="name">Rota</bdi>');
    expect(html).toContain('Address changed from <code dir="auto">/rota</code>');
    expect(html).toContain("&lt;Shorter>");
    expect(html).toContain(`href="/-/changes?person=${screens.two.id}"><bdi>Editor Two</bdi>`);
    expect(html).toContain(`href="/-/page/${screens.page.id}/diff?from=1&amp;to=4"`);
    expect(html).toMatch(/href="\/-\/at\/[^"]+Z\/duty"/);
    expect(html).toMatch(/href="\/-\/at\/[^"]+Z\/rota"/);
  });

  it("has buttons only for people who may write", async () => {
    await edit(screens.two, { body: "Monday.\r\n" });
    expect(await get(addresses.history(screens.page.id), screens.reader)).not.toContain("formaction");
    const html = await get(addresses.history(screens.page.id), screens.one);
    expect(html).toContain(`value="${screens.page.id}.2"`);
    expect(html).toContain(`formaction="/-/page/${screens.page.id}/undo" name="version" value="2"`);
    expect(html).toContain(`formaction="/-/page/${screens.page.id}/restore" name="version" value="1"`);
    // The current version cannot be restored, and the creation cannot be undone.
    expect(html.match(/formaction=/g)).toHaveLength(2);
  });

  it("is divided into parts without splitting a save", async () => {
    for (let n = 0; n < 40; n++)
      await edit(n % 2 ? screens.one : screens.two, { title: `Title ${n}`, body: `Text ${n}.` });
    const seen: string[] = [];
    let next: string | undefined = addresses.history(screens.page.id);
    for (let parts = 0; next !== undefined && parts < 5; parts++) {
      const html: string = await get(next);
      seen.push(...[...html.matchAll(/>(Versions? [\d–]+)<\/a>/g)].map(([, name = ""]) => name));
      next = /href="([^"]+)" rel="next"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
    }
    const saves = Array.from({ length: 40 }, (_, n) => `Versions ${80 - 2 * n}–${81 - 2 * n}`);
    expect(seen).toEqual([...saves, "Version 1"]);
    expect(await get(addresses.history(screens.page.id, 1))).toContain(strings.history.none);
  });

  it("exists for archived pages", async () => {
    await asUser(screens.one.id, () =>
      screens.wiki.wiki.content.archivePage(screens.page.id, { summary: "Done" }),
    );
    const html = await get(addresses.history(screens.page.id), screens.one);
    expect(html).toContain(strings.record.archived);
    expect(html).toContain("Archived");
    expect(html).not.toContain("formaction");
  });

  it("rejects unknown pages and invalid positions", async () => {
    await get(addresses.history(UNKNOWN_ID), undefined, 404);
    await get("/-/page/nonsense/history", undefined, 404);
    expect(await get(`/-/page/${screens.page.id}/history?before=x`, undefined, 400)).toContain(
      invalid("before"),
    );
  });

  it("requires an account if reading does, like the other screens of the record", async () => {
    const closed = await openWikiServer("memory", { PALIMPSEST_READING: "members" });
    await closed.account("reader");
    const { history, diff, authorship, changes } = addresses;
    for (const address of [
      history(screens.page.id),
      diff(screens.page.id),
      authorship(screens.page.id),
      changes(),
    ]) {
      const answer = await closed.ask("GET", address);
      expect(redirectOf(answer)).toEqual([addresses.signIn(address), "required"]);
    }
    await closed.close();
  });
});
