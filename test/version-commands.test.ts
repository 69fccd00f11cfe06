// Restoring, undoing, archiving and unarchiving through forms.

import { asUser } from "@palimpsest/eventsourcing";
import { describe, expect, it } from "vitest";
import { addresses } from "../packages/wiki/src/web/addresses.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { launchBrowser } from "./browser.ts";
import { baseOf, invalid, recordScreens, redirectOf, UNKNOWN_ID } from "./fixtures/record-screens.ts";
import { PASSWORD } from "./fixtures/wiki-server.ts";

const screens = recordScreens();
const { edit, current, get, post } = screens;

describe("the forms for versions of a page", () => {
  it("restore a version and report it", async () => {
    const base = baseOf(await edit(screens.two, { body: "Nothing.\r\n" }));
    const answer = await post(addresses.restore(screens.page.id), screens.one, {
      base,
      version: "1",
      summary: "Better",
    });
    expect(redirectOf(answer)).toEqual([addresses.page("rota"), "restored.3"]);
    expect(await current()).toMatchObject({
      body: screens.page.body,
      version: 3,
      modifiedBy: screens.one.id,
    });
    expect(await get(addresses.history(screens.page.id))).toContain(">Version 1</a> restored");
    const again = await post(addresses.restore(screens.page.id), screens.one, {
      base: `${screens.page.id}.3`,
      version: "1",
    });
    expect(redirectOf(again)).toEqual([addresses.page("rota"), "unchanged"]);
  });

  it("undo an edit and keep later ones", async () => {
    await edit(screens.two, { body: "Monday.\r\nWednesday.\r\n" });
    const base = baseOf(await edit(screens.one, { title: "On-call" }));
    const answer = await post(addresses.undo(screens.page.id), screens.one, { base, version: "2" });
    expect(redirectOf(answer)).toEqual([addresses.page("rota"), "undone.4"]);
    expect(await current()).toMatchObject({ body: screens.page.body, title: "On-call" });
    expect(await get(addresses.history(screens.page.id))).toContain(" undone");
  });

  it("show the conflict that prevents undoing, with further links", async () => {
    await edit(screens.two, { body: "Monday.\r\nWednesday.\r\n" });
    const base = baseOf(await edit(screens.one, { body: "Monday.\r\nThursday <i>.\r\n" }));
    const answer = await post(addresses.undo(screens.page.id), screens.one, { base, version: "2" });
    expect(answer.statusCode).toBe(409);
    for (const text of ["Wednesday.", "Thursday &lt;i>.", "Tuesday.", 'href="/-/edit/rota"']) {
      expect(answer.body).toContain(text);
    }
    expect(answer.body).toContain(addresses.diff(screens.page.id, 1, 2).replace("&", "&amp;"));
    expect(answer.body).toContain(addresses.diff(screens.page.id, 2, 3).replace("&", "&amp;"));
    expect(await current()).toMatchObject({ version: 3 });
  });

  it("show the conflict if a page changed since a form that restores a version was shown", async () => {
    const seen = await edit(screens.two, { body: "Monday.\r\nWednesday.\r\n" });
    await edit(screens.one, { body: "Monday.\r\nThursday.\r\n" });
    const answer = await post(addresses.restore(screens.page.id), screens.two, {
      base: baseOf(seen),
      version: "1",
    });
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain(strings.refused.changedSince(2));
    expect(await current()).toMatchObject({ version: 3 });
  });

  it("report if undoing needs an address that another page has", async () => {
    await edit(screens.two, { slug: "duty", body: "Monday.\r\n" });
    const base = baseOf(await current());
    const { page: other } = await asUser(screens.two.id, () =>
      screens.wiki.wiki.content.addPage({ title: "Another", slug: "rota" }),
    );
    const answer = await post(addresses.undo(screens.page.id), screens.one, { base, version: "2" });
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain(strings.errors["slug-conflict"].title);
    expect(answer.body).toContain('<code dir="auto">/rota</code>');
    expect(answer.body).toContain(`href="${addresses.page(other.slug)}"`);
    expect(answer.body).toContain('href="/-/edit/duty"');
    expect(answer.body).toContain(addresses.diff(screens.page.id, 1, 3).replace("&", "&amp;"));
    expect(await current()).toMatchObject({ slug: "duty", version: 3 });
  });

  it("reject undoing a creation and changing an archived page", async () => {
    const base = baseOf(screens.page);
    const first = await post(addresses.undo(screens.page.id), screens.one, { base, version: "1" });
    expect([first.statusCode, first.body.includes("Version 1 can’t be undone")]).toEqual([422, true]);
    await edit(screens.one, { body: "New." });
    const archived = await asUser(screens.one.id, () =>
      screens.wiki.wiki.content.archivePage(screens.page.id),
    );
    const restored = await post(addresses.restore(screens.page.id), screens.one, {
      base: baseOf(archived.page),
      version: "1",
    });
    expect([restored.statusCode, restored.body.includes(strings.errors["page-archived"].text)]).toEqual([
      409,
      true,
    ]);
  });

  it("archive and unarchive a page", async () => {
    const answer = await post(addresses.archive(screens.page.id), screens.one, {
      base: baseOf(screens.page),
      summary: "Old",
    });
    expect(redirectOf(answer)).toEqual([addresses.pageById(screens.page.id), "archived.2"]);
    expect(await current()).toMatchObject({ archived: true });
    const again = await post(addresses.archive(screens.page.id), screens.one, {
      base: `${screens.page.id}.2`,
    });
    expect(redirectOf(again)).toEqual([addresses.pageById(screens.page.id), "unchanged"]);
    const back = await post(addresses.unarchive(screens.page.id), screens.one, {
      base: `${screens.page.id}.2`,
      slug: "",
    });
    expect(redirectOf(back)).toEqual([addresses.page("rota"), "unarchived.3"]);
  });

  it("ask again before they archive a page that changed since the form was shown", async () => {
    await edit(screens.two, { body: "Important.\r\n" });
    const answer = await post(addresses.archive(screens.page.id), screens.one, {
      base: baseOf(screens.page),
      summary: "Old",
    });
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain(`value="${screens.page.id}.2"`);
    expect(await current()).toMatchObject({ archived: false });
  });

  it("ask for another address if a page cannot be unarchived at its own", async () => {
    await post(addresses.archive(screens.page.id), screens.one, { base: baseOf(screens.page) });
    await asUser(screens.two.id, () => screens.wiki.wiki.content.addPage({ title: "New", slug: "rota" }));
    const base = `${screens.page.id}.2`;
    const taken = await post(addresses.unarchive(screens.page.id), screens.one, { base, summary: "Back" });
    expect([taken.statusCode, taken.body.includes('value="rota"')]).toEqual([422, true]);
    expect(taken.body).toContain("Another page has the address");
    const invalid = await post(addresses.unarchive(screens.page.id), screens.one, { base, slug: "///" });
    expect([invalid.statusCode, invalid.body.includes('value="///"')]).toEqual([422, true]);
    const free = await post(addresses.unarchive(screens.page.id), screens.one, { base, slug: "rota-of-old" });
    expect(redirectOf(free)).toEqual([addresses.page("rota-of-old"), "unarchived.3"]);
  });

  const commands = ["restore", "undo", "archive", "unarchive"] as const;

  it.each(commands)("%s is rejected for readers and requires an account", async (command) => {
    const url = addresses[command](screens.page.id);
    const fields = { base: baseOf(screens.page), version: "1" };
    expect((await post(url, screens.reader, fields)).statusCode).toBe(403);
    const stranger = await screens.wiki.ask("POST", url, {
      payload: new URLSearchParams(fields).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded", origin: "http://localhost" },
    });
    expect(redirectOf(stranger)).toEqual([addresses.signIn(), "required"]);
    expect(await current()).toMatchObject({ version: 1, archived: false });
  });

  it.each(commands)("%s rejects unknown pages and wrong base versions", async (command) => {
    const url = addresses[command](screens.page.id);
    const fields = { base: baseOf(screens.page), version: "1" };
    expect((await post(addresses[command](UNKNOWN_ID), screens.one, fields)).statusCode).toBe(404);
    expect((await post(url, screens.one, { ...fields, base: "" })).statusCode).toBe(412);
    expect((await post(url, screens.one, { ...fields, base: `${UNKNOWN_ID}.1` })).statusCode).toBe(412);
    expect((await post(url, screens.one, { ...fields, base: `${screens.page.id}.9` })).statusCode).toBe(412);
    expect(await current()).toMatchObject({ version: 1 });
  });

  it.each(["restore", "undo"] as const)("%s rejects unknown and invalid versions", async (command) => {
    const base = baseOf(screens.page);
    expect(
      (await post(addresses[command](screens.page.id), screens.one, { base, version: "9" })).statusCode,
    ).toBe(404);
    for (const fields of [{ version: "x" }, { version: "" }, { version: "0" }, {}]) {
      const answer = await post(addresses[command](screens.page.id), screens.one, { base, ...fields });
      expect([answer.statusCode, answer.body.includes(invalid("version"))]).toEqual([400, true]);
    }
  });
});

describe("in a browser without JavaScript", () => {
  const listen = () => screens.wiki.server.listen({ host: "127.0.0.1", port: 0 });

  it("versions are compared, an edit is undone with a reason, and a version is restored", async () => {
    await edit(screens.two, { body: "Monday.\r\nWednesday.\r\n" });
    await edit(screens.one, { title: "On-call" });
    const browser = await launchBrowser();
    const context = await browser.newContext({ javaScriptEnabled: false, baseURL: await listen() });
    context.setDefaultTimeout(20_000);
    const window = await context.newPage();
    const main = window.getByRole("main");
    await window.goto(addresses.signIn(addresses.history(screens.page.id)));
    await window.getByLabel("E-mail").fill(screens.one.email);
    await window.getByLabel("Password").fill(PASSWORD);
    await main.getByRole("button", { name: "Sign in" }).click();

    await main.getByRole("radio", { name: "from version 1" }).check();
    await main.getByRole("radio", { name: "to version 2" }).check();
    await main.getByRole("button", { name: "Compare" }).click();
    expect(await main.locator(".compared").innerText()).toMatch(/Version 1,[\s\S]*Version 2,/);
    expect(await main.locator("del").allInnerTexts()).toEqual(["Tuesday."]);
    await main.getByText(strings.diff.undo).first().click();
    await main.getByLabel(strings.forms.reason).fill("Too early");
    await main.getByRole("button", { name: strings.diff.undo }).click();
    expect(await main.innerText()).toContain(strings.page.undone(4));
    expect(await current()).toMatchObject({ body: screens.page.body, title: "On-call", version: 4 });

    await window.goto(addresses.history(screens.page.id));
    expect(await main.innerText()).toContain("Too early");
    await main.getByRole("button", { name: "Restore version 1" }).click();
    expect(await main.innerText()).toContain(strings.page.restored(5));
    expect(await current()).toMatchObject({ title: "Rota", version: 5 });
    await browser.close();
  });
});
