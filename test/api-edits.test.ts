import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let editor: Account;

beforeAll(async () => {
  wiki = await openWikiServer();
  editor = await wiki.account("editor");
});
afterAll(() => wiki.close());

describe.each(["by slug", "by id"])("PATCH of a page, %s", (by) => {
  let id: string;
  let slug: string;
  let position: number;
  let address: string;

  beforeEach(async () => {
    slug = `page-${randomUUID()}`;
    const payload = { title: "Title", slug, body: "Body\n" };
    ({ id, position } = (await wiki.ask("POST", "/api/pages", { as: editor, payload })).json());
    address = by === "by slug" ? `/api/pages/${slug}` : `/api/pages/by-id/${id}`;
  });

  const patch = (payload: Record<string, unknown>, ifMatch?: string) =>
    wiki.ask("PATCH", address, {
      as: editor,
      payload,
      headers: ifMatch === undefined ? {} : { "if-match": ifMatch },
    });
  const etag = (version: number) => `"${id}.${version}"`;

  it("responds with the page, its new version and its position", async () => {
    const answer = await patch({ title: "New", body: "New\n", summary: "why" }, etag(1));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({ etag: etag(3), "palimpsest-position": String(position + 2) });
    const read = (await wiki.ask("GET", address)).json();
    expect(answer.json()).toEqual(read);
    expect(read).toMatchObject({ id, title: "New", body: "New\n", version: 3, position: position + 2 });
  });

  it("responds with the unchanged page if nothing changes", async () => {
    for (const payload of [
      {},
      { title: "Title" },
      { slug: slug.toUpperCase() },
      { body: "Body\n", summary: "nothing" },
    ]) {
      const answer = await patch(payload, etag(1));
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({ version: 1, position });
    }
  });

  it.each([undefined, "*", " * "])("requires an If-Match other than %j", async (ifMatch) => {
    const answer = await patch({ title: "New" }, ifMatch);
    expect([answer.statusCode, answer.json().code]).toEqual([428, "if-match-required"]);
    expect((await wiki.ask("GET", address)).json().version).toBe(1);
  });

  it.each([
    ["malformed", () => "1"],
    ["without quotes", () => `${id}.1`],
    ["weak", () => `W/${etag(1)}`],
    ["several", () => `${etag(1)}, ${etag(2)}`],
    ["of version 0", () => etag(0)],
    ["of a version that is no number", () => `"${id}.1e0"`],
    ["of an endless version", () => `"${id}.${"9".repeat(400)}"`],
    ["of another page", () => `"${randomUUID()}.1"`],
    ["of the future", () => etag(2)],
    ["of the far future", () => etag(999_999_999_999_999)],
    ["empty", () => ""],
  ])("refuses an If-Match that is %s", async (_, ifMatch) => {
    const answer = await patch({ title: "New" }, ifMatch());
    expect(answer.statusCode).toBe(412);
    expect(["if-match-failed", "base-version-unknown"]).toContain(answer.json().code);
    expect((await wiki.ask("GET", address)).json().version).toBe(1);
  });

  it("refuses a conflicting edit with base, theirs and yours", async () => {
    await patch({ body: "Theirs\n", title: "Theirs" }, etag(1));
    const answer = await patch({ body: "Yours\n", slug: `${slug}/yours` }, etag(1));
    expect(answer.statusCode).toBe(409);
    expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    expect(answer.json()).toEqual({
      type: "about:blank",
      title: "Edit conflict",
      status: 409,
      detail:
        "The edit is based on version 1 and conflicts with version 3 in its body. Merge them, and base the next edit on version 3.",
      code: "edit-conflict",
      pageId: id,
      baseVersion: 1,
      currentVersion: 3,
      base: { body: "Body\n" },
      theirs: { body: "Theirs\n" },
      yours: { body: "Yours\n" },
      conflicts: [{ field: "body", base: "Body\n", theirs: "Theirs\n", yours: "Yours\n" }],
      omittedConflicts: 0,
    });
    expect((await wiki.ask("GET", `/api/pages/by-id/${id}`)).json()).toMatchObject({
      slug,
      version: 3,
    });
  });

  it("records the original base of an edit that resolves a conflict", async () => {
    await patch({ body: "Theirs\n" }, etag(1));
    const settled = { body: "Theirs\nBody\n", begunWith: 1 };
    expect((await patch(settled, etag(2))).json()).not.toHaveProperty("merged");
    const { items } = (await wiki.ask("GET", `/api/pages/by-id/${id}/history`)).json();
    expect(items[0]).toMatchObject({ version: 3, merged: { base: 1, current: 2 } });
    const { runs } = (await wiki.ask("GET", `/api/pages/by-id/${id}/blame`)).json();
    expect(runs).toMatchObject([
      { text: "Theirs", version: 2 },
      { text: "\nBody\n", version: 1 },
    ]);
    expect((await patch({ body: "New\n", begunWith: 4 }, etag(3))).statusCode).toBe(412);
  });

  it("merges an edit of a field that later edits did not change", async () => {
    expect((await patch({ title: "Theirs" }, etag(1))).json()).not.toHaveProperty("merged");
    const answer = await patch({ title: "Title", body: "Yours\n" }, etag(1));
    expect(answer.json()).toMatchObject({ title: "Theirs", body: "Yours\n", version: 3, merged: true });
  });

  it("refuses a slug that another page has", async () => {
    const other = `${slug}/other`;
    await wiki.ask("POST", "/api/pages", { as: editor, payload: { title: "Other", slug: other } });
    const answer = await patch({ title: "New", slug: other }, etag(1));
    expect([answer.statusCode, answer.json().code, answer.json().slug]).toEqual([
      409,
      "slug-conflict",
      other,
    ]);
    expect((await wiki.ask("GET", address)).json()).toMatchObject({ title: "Title", version: 1 });
  });

  it("accepts one of several concurrent edits of the same text and refuses the others", async () => {
    const bodies = ["a", "b", "c", "d", "e", "f"];
    const answers = await Promise.all(bodies.map((body) => patch({ body }, etag(1))));
    const statuses = answers.map(({ statusCode }) => statusCode).toSorted();
    expect(statuses).toEqual([200, 409, 409, 409, 409, 409]);
    const { body } = (await wiki.ask("GET", address)).json();
    for (const answer of answers) {
      if (answer.statusCode === 409) expect(answer.json().theirs).toEqual({ body });
      else expect(answer.json().body).toBe(body);
    }
  });
});
