// Restoring versions and undoing edits, over HTTP.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ADDRESSED,
  addressOf,
  type CommandRequest,
  command,
  done,
  ok,
  openRecordWiki,
  type Page,
  type RecordWiki,
  refusal,
} from "./fixtures/record-wiki.ts";
import type { Account } from "./fixtures/wiki-server.ts";

let wiki: RecordWiki;
let one: Account;
let two: Account;
let reader: Account;

beforeAll(async () => {
  wiki = await openRecordWiki("SQLite");
  ({ one, two, reader } = wiki);
});
afterAll(() => wiki.close());

const get = (url: string) => ok(wiki.ask("GET", url));
const byTwo = () => ({ id: two.id, name: "Editor Two" });

describe.each(ADDRESSED)("a page, %s", (by) => {
  let page: Page;
  let id: string;
  let address: string;

  beforeEach(async () => {
    page = await wiki.newPage();
    ({ id } = page);
    address = addressOf(page, by);
  });

  const send = (...request: CommandRequest) => command(wiki, page, ...request);
  const edit = (payload: Record<string, unknown>, base: number, as = one) =>
    done(send("PATCH", `/api/pages/by-id/${id}`, { as, payload, base }));

  describe("restoring", () => {
    it("creates a new version and responds with the page", async () => {
      await edit({ title: "Brot", body: "Mehl\n" }, 1);
      const restored = await done(
        send("POST", `${address}/restore`, { as: two, payload: { version: 1, summary: "Back" }, base: 3 }),
      );
      expect(restored).toMatchObject({ title: "Bread", version: 4, modifiedBy: byTwo() });
      expect(restored).not.toHaveProperty("merged");
      expect(await get(address)).toEqual(restored);
      const again = await done(send("POST", `${address}/restore`, { payload: { version: 1 }, base: 4 }));
      expect(again).toMatchObject({ version: 4, modifiedBy: byTwo() });
    });

    it("keeps later edits of other text, and is refused with the conflict otherwise", async () => {
      await edit({ body: "Flour\nWater\n" }, 1);
      await edit({ title: "Theirs" }, 2, two);
      const restored = await done(send("POST", `${address}/restore`, { payload: { version: 1 }, base: 2 }));
      expect(restored).toMatchObject({ title: "Theirs", body: "Flour\nWater\nSalt\n", merged: true });
      await edit({ body: "Flour\nWater\nPepper\n" }, 4, two);
      const refused = await send("POST", `${address}/restore`, { payload: { version: 2 }, base: 4 });
      expect(refused.statusCode).toBe(409);
      expect(refused.json()).toMatchObject({
        code: "edit-conflict",
        baseVersion: 4,
        yours: { body: "Flour\nWater\n" },
        conflicts: [{ field: "body", theirs: expect.stringContaining("Pepper") }],
      });
    });
  });

  describe("undoing", () => {
    it("undoes a whole save and keeps later edits", async () => {
      await edit({ title: "Brot", body: "Rye flour\nWater\nSalt\n" }, 1);
      await edit({ body: "Rye flour\nWater\nSalt\nTime\n" }, 3, two);
      const undone = await done(send("POST", `${address}/undo`, { payload: { version: 2 }, base: 4 }));
      expect(undone).toMatchObject({ title: "Bread", body: "Flour\nWater\nSalt\nTime\n", version: 5 });
      const again = await done(send("POST", `${address}/undo`, { payload: { version: 3 }, base: 5 }));
      expect(again).toMatchObject({ version: 5 });
    });

    it("is refused with the conflict if later edits changed the same text", async () => {
      await edit({ body: "Rye flour\nWater\nSalt\n" }, 1);
      await edit({ body: "Spelt\nWater\nSalt\n" }, 2, two);
      const answer = await send("POST", `${address}/undo`, { payload: { version: 2 }, base: 3 });
      expect(answer.statusCode).toBe(409);
      expect(answer.json()).toMatchObject({
        code: "edit-conflict",
        conflicts: [{ field: "body", base: "Rye flour\n", theirs: "Spelt\n", yours: "Flour\n" }],
      });
    });

    it("is refused for the version that created the page", async () => {
      const answer = send("POST", `${address}/undo`, { payload: { version: 1 }, base: 1 });
      expect(await refusal(answer)).toEqual([422, "undo-refused"]);
      expect((await answer).json()).toMatchObject({ version: 1, why: expect.stringContaining("created") });
    });
  });

  it.each(["restore", "undo"])("%s requires a version and If-Match", async (command) => {
    const url = `${address}/${command}`;
    const payload = { version: 1 };
    expect(await refusal(send("POST", url, { payload }))).toEqual([428, "if-match-required"]);
    expect(await refusal(send("POST", url, { payload, base: "*" }))).toEqual([428, "if-match-required"]);
    const tooNew = send("POST", url, { payload, base: 2 });
    expect(await refusal(tooNew)).toEqual([412, "base-version-unknown"]);
    expect((await tooNew).json()).toMatchObject({ baseVersion: 2, currentVersion: 1 });
    const other = `"${randomUUID()}.1"`;
    expect(await refusal(send("POST", url, { payload, base: other }))).toEqual([412, "if-match-failed"]);
    for (const wrong of [{}, { version: 0 }, { version: "1" }, { version: 1, colour: "red" }]) {
      expect(await refusal(send("POST", url, { payload: wrong, base: 1 }))).toEqual([400, "invalid-request"]);
    }
    expect(await refusal(send("POST", url, { payload: { version: 9 }, base: 1 }))).toEqual([
      404,
      "page-not-found",
    ]);
    expect(await refusal(send("POST", url, { as: reader, payload, base: 1 }))).toEqual([403, "forbidden"]);
    const stranger = wiki.ask("POST", url, { payload, headers: { "if-match": `"${id}.1"` } });
    expect(await refusal(stranger)).toEqual([401, "authentication-required"]);
    expect(await get(address)).toMatchObject({ version: 1, position: page.position });
  });
});
