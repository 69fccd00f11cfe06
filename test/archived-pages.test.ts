// Pages by their ids: earlier versions and archived pages, with the forms that archive them.

import { asUser } from "@palimpsest/eventsourcing";
import { beforeAll, describe, expect, it } from "vitest";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { datedWiki } from "./fixtures/dated-wiki.ts";

const dated = datedWiki();
const { read, ids } = dated;

describe("a page by its id", () => {
  it("is shown at any version, even if its address has changed", async () => {
    const { text, links, html } = await read(`/-/page/${ids.first}?version=1`);
    expect(text).toMatch(/Version 1 of 3, saved .* by Editor One .*Bread .*Flour/);
    expect(links).toContain(`/-/page/${ids.first}?version=2`);
    expect(links).not.toContain(`/-/page/${ids.first}?version=0`);
    expect(links).toContain(`/-/page/${ids.first}/diff?from=1&to=3`);
    expect(html).toContain("noindex");
    const then = links.find((link) => link.startsWith("/-/at/")) ?? "";
    expect((await read(then)).text).toContain("Flour, water");
    const last = await read(`/-/page/${ids.first}?version=3`);
    expect(last.links).toContain(`/-/page/${ids.first}?version=2`);
    expect(last.text).not.toContain(strings.common.seeChangesSince);
  });

  it("is shown at the version that archived it and at the version before", async () => {
    const archived = await read(`/-/page/${ids.second}?version=2`);
    expect(archived.text).toContain(strings.pageVersion.archivedIt);
    expect((await read(`/-/page/${ids.second}?version=1`)).text).not.toContain(
      strings.pageVersion.archivedIt,
    );
  });

  it.each([
    ["4", 404],
    ["0", 400],
    ["x", 400],
    ["", 400],
  ])("has no version “%s”", async (version, status) => {
    expect((await read(`/-/page/${ids.first}?version=${version}`)).status).toBe(status);
  });

  it("that does not exist is not found", async () => {
    for (const id of ["00000000-0000-4000-8000-000000000000", "nothing"]) {
      expect((await read(`/-/page/${id}`)).status).toBe(404);
    }
  });
});

describe("an archived page", () => {
  let id: string;

  beforeAll(async () => {
    const { content, views } = dated.server.wiki;
    await asUser(dated.editor.id, async () => {
      const draft = { title: "<i>Yeast</i>", slug: "yeast", body: "Rises. [[bread]]" };
      id = (await content.addPage(draft)).page.id;
      await content.archivePage(id, { summary: "Dry yeast it is" });
    });
    await views.runner.waitFor(undefined, await content.position(), { timeoutMs: 10_000 });
  });

  it("is mentioned at its address, where a new page can be created", async () => {
    const here = await read("/yeast", dated.editor);
    expect(here.status).toBe(404);
    expect(here.text).toMatch(/was archived .* by Editor One : Dry yeast it is/);
    expect(here.links).toEqual(
      expect.arrayContaining([`/-/page/${id}`, "/-/new?slug=yeast", "/-/slug/yeast"]),
    );
  });

  it("can be read by its id, and unarchived by editors", async () => {
    const reader = await read(`/-/page/${id}`);
    expect(reader.status).toBe(200);
    expect(reader.text).toMatch(/&lt;i>Yeast.*Archived .* by Editor One.*Dry yeast it is.*Rises/);
    expect(reader.main).not.toContain("<form");
    const { main } = await read(`/-/page/${id}`, dated.editor);
    expect(main).toContain(`method="post" action="/-/page/${id}/unarchive"`);
    expect(main).toContain(`name="base" value="${id}.2"`);
    expect(main).toMatch(/name="slug"[^>]* value="yeast"/);
  });

  it("needs another address to be unarchived if its own is taken", async () => {
    const { content } = dated.server.wiki;
    await asUser(dated.editor.id, () => content.addPage({ title: "Dry yeast", slug: "yeast", body: "" }));
    const { main, text } = await read(`/-/page/${id}`, dated.editor);
    expect(text).toContain("which Dry yeast has now");
    expect(main).not.toMatch(/name="slug"[^>]* value="/);
    const successor = await read("/yeast");
    expect(successor.text).toMatch(/used to lead to &lt;i>Yeast.* , which is archived/);
    expect(successor.links).toContain(`/-/page/${id}`);
  });

  it("is listed only among the archived pages", async () => {
    const { text, links } = await read("/-/archived");
    expect(text).toMatch(/&lt;i>Yeast.* yeast .* by Editor One/);
    expect(links).toContain(`/-/page/${id}`);
    expect((await read("/-/pages")).links).toContain("/-/archived");
    expect((await read("/-/archived?cursor=50")).text).toContain("No more pages.");
  });
});

describe("the forms that archive and unarchive a page", () => {
  const cookies = new Map<string, string>();

  /** Sends a request as a browser would, and keeps the cookies of the response. */
  async function send(method: "GET" | "POST", url: string, form?: URLSearchParams) {
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ");
    const type = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
    const answer = await dated.server.server.inject({
      ...{ method, url },
      headers: { cookie, authorization: `Bearer ${dated.editor.token}`, ...type },
      ...(form === undefined ? {} : { payload: form.toString() }),
    });
    for (const { name, value } of answer.cookies) cookies.set(name, value);
    return answer;
  }

  /** Fills in the form that posts to `action` on the screen at `url`, and sends it. */
  async function submit(url: string, action: string, values: Record<string, string>) {
    const { body } = await send("GET", url);
    const [form = ""] = new RegExp(`<form[^>]*action="${action}".*?</form>`, "s").exec(body) ?? [];
    const hidden = form.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g);
    const fields = Object.fromEntries(Array.from(hidden, ([, name = "", value = ""]) => [name, value]));
    return send("POST", action, new URLSearchParams({ ...fields, ...values }));
  }

  it("report success on the next screen", async () => {
    const draft = { title: "Rye", slug: "rye", body: "Sour." };
    const { page } = await asUser(dated.editor.id, () => dated.server.wiki.content.addPage(draft));
    const byId = `/-/page/${page.id}`;
    const archived = await submit("/rye", `${byId}/archive`, { summary: "Mouldy" });
    expect([archived.statusCode, archived.headers.location]).toEqual([303, byId]);
    const shown = await send("GET", byId);
    expect(shown.body).toContain(strings.page.archived);
    expect(shown.body).toContain("Mouldy");

    const back = await submit(byId, `${byId}/unarchive`, { slug: "rye-bread", summary: "" });
    expect([back.statusCode, back.headers.location]).toEqual([303, "/rye-bread"]);
    expect((await send("GET", "/rye-bread")).body).toContain(strings.page.unarchived);
    expect(await read("/rye")).toMatchObject({ status: 308, location: "/rye-bread" });
  });
});
