// Forms that are submitted after the session ended, without JavaScript.

import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FormWindow, type Shown } from "./fixtures/form-window.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

const BODY = "First line.\nSecond line.\nThird line.\nFourth line.\n";
const THEIRS = BODY.replace("Second", "Their second").replace("Fourth", "Their fourth");
const MINE = BODY.replace("Second", "My second").replace("Fourth", "My fourth");

describe("a form submitted while signed out", () => {
  let closed: WikiServer;
  let editor: Account;
  let window: FormWindow;
  let secret: string;

  beforeEach(async () => {
    closed = await openWikiServer("memory", { PALIMPSEST_READING: "members" });
    editor = await closed.account("editor", "Editor One");
    window = new FormWindow(closed, editor);
    const texts = { title: "A secret", slug: "secret", body: BODY };
    const made = await asUser(editor.id, () => closed.wiki.content.addPage(texts));
    secret = made.page.id;
  });
  afterEach(() => closed.close());

  /** Sends a form signed out, and then the form of the response signed in. */
  const sendTwice = async (address: string, fields: Shown["fields"], filled: Record<string, string>) => {
    window.account = undefined;
    const shown = await window.send(address, fields, filled);
    window.account = editor;
    return { shown, saved: await window.send(address, shown.fields) };
  };

  it.each(["save", "preview", "draft"])(
    "is shown again for the action %s, without the content of its page",
    async (action) => {
      const { fields } = await window.open("/-/edit/secret");
      await asUser(editor.id, () =>
        closed.wiki.content.editPage(secret, { slug: "elsewhere", title: "Renamed" }),
      );
      const typed = { action, title: " Mine", body: `${BODY}Mine.\n`, summary: "Why" };
      const { shown, saved } = await sendTwice("/-/edit/secret", fields, typed);
      const { action: _, ...left } = typed;
      expect(shown.status).toBe(401);
      expect(shown.fields).toMatchObject({ ...left, base: fields.base, draft: fields.draft });
      expect(shown.text).toContain("You are signed out");
      expect(shown.html).toContain(`data-draft="/-/page/${secret}/draft"`);
      expect(shown.html).not.toMatch(/elsewhere|Renamed|A secret/);
      expect(saved.status).toBe(409);
      expect(saved.fields).toMatchObject({ body: left.body, summary: "Why" });
    },
  );

  it("is shown the same whether the page exists or not", async () => {
    window.account = undefined;
    const fields = { base: `${randomUUID()}.3`, "made-from": "1 2", title: "", body: "Mine.\n" };
    for (const [base, address] of [
      [fields.base, "/-/edit/nowhere"],
      ["hello", "/-/edit/secret"],
    ] as const) {
      const shown = await window.send(address, { ...fields, base });
      expect([shown.status, shown.fields.base, shown.fields.body]).toEqual([401, base, "Mine.\n"]);
      expect(shown.fields["made-from"]).toBe("1 2");
      expect(shown.html).not.toContain("A secret");
    }
  });

  it("is shown again with the choices of a conflict", async () => {
    const { fields } = await window.open("/-/edit/secret");
    await asUser(editor.id, () => closed.wiki.content.editPage(secret, { body: THEIRS }));
    const conflict = await window.send("/-/edit/secret", fields, { body: MINE });
    const typed = { "choice-1": "own", "own-1": "Our second line.\n", "choice-2": "theirs" };
    const { shown, saved } = await sendTwice("/-/edit/secret", conflict.fields, typed);
    expect(shown.status).toBe(401);
    expect(shown.fields).toMatchObject({ ...typed, title: "A secret", body: MINE });
    expect(saved.status).toBe(303);
    const { body } = await closed.wiki.content.getPageById(secret);
    expect(body).toBe("First line.\nOur second line.\nThird line.\nTheir fourth line.\n");
  });

  it("is shown again with a new address", async () => {
    const { fields } = await window.open("/-/rename/secret");
    const { shown, saved } = await sendTwice("/-/rename/secret", fields, { slug: "open", summary: "Why" });
    expect(shown.status).toBe(401);
    expect(shown.fields).toMatchObject({ slug: "open", summary: "Why", base: fields.base });
    expect(shown.html).not.toContain("A secret");
    expect([saved.status, saved.location]).toEqual([303, "/open"]);
  });
});
