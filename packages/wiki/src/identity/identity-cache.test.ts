import { afterAll, beforeAll, expect, test } from "vitest";
import { onEachAccountDatabase } from "../../../../test/account-databases.ts";
import { ada, browser, grace, open } from "../../../../test/accounts.ts";
import type { Database } from "../config.ts";
import type { Identity } from "./identity.ts";
import type { Person } from "./person.ts";

onEachAccountDatabase("cached identity", (databases) => {
  let database: Database;
  let identity: Identity;
  let editor: Person;
  beforeAll(async () => {
    database = await databases.make();
    identity = await open(database);
    editor = await identity.addUser({ ...ada, role: "editor" });
    await identity.addUser({ ...grace, role: "reader" });
  });
  afterAll(() => identity.close());

  const change = (statement: string) => databases.run(database, statement);

  test("answers for visitors and malformed credentials without a query", () => {
    for (const header of [undefined, "", "theme=dark"])
      expect(identity.cachedPersonOfSession(header)).toBeNull();
    for (const token of ["", "x", `palimpsest_${"x".repeat(300)}`])
      expect(identity.cachedPersonOfToken(token)).toBeNull();
  });

  test("knows a session after its first lookup until the person signs out", async () => {
    const cookie = browser(await identity.signIn(ada));
    expect(identity.cachedPersonOfSession(cookie)).toBeUndefined();
    expect(await identity.personOfSession(cookie)).toEqual(editor);
    expect(identity.cachedPersonOfSession(cookie)).toEqual(editor);
    await identity.signOut(cookie);
    expect(identity.cachedPersonOfSession(cookie)).toBeUndefined();
    expect(await identity.personOfSession(cookie)).toBeNull();
    expect(identity.cachedPersonOfSession(`${cookie}x`)).toBeUndefined();
  });

  test("knows a token after its first lookup until it is revoked", async () => {
    const { id, token } = await identity.createToken(editor.id, { name: "ci" });
    expect(identity.cachedPersonOfToken(token)).toBeUndefined();
    expect(await identity.personOfToken(token)).toEqual(editor);
    expect(identity.cachedPersonOfToken(token)).toEqual(editor);
    await identity.revokeToken(editor.id, id);
    expect(identity.cachedPersonOfToken(token)).toBeUndefined();
    expect(await identity.personOfToken(token)).toBeNull();
  });

  test("stores no answer that was read while a session ended", async () => {
    const cookie = browser(await identity.signIn(ada));
    const [found] = await Promise.all([identity.personOfSession(cookie), identity.signOut(cookie)]);
    expect([null, editor]).toContainEqual(found);
    expect(await identity.personOfSession(cookie)).toBeNull();
  });

  test("follows changes that another program makes", async () => {
    const cookie = browser(await identity.signIn(ada));
    const { id, token } = await identity.createToken(editor.id, { name: "ci" });
    const known = async () => [
      await identity.personOfSession(cookie),
      await identity.personOfToken(token),
      (await identity.personsByIds([editor.id])).get(editor.id)?.name,
    ];
    expect(await known()).toEqual([editor, editor, ada.name]);
    const before = await identity.peopleVersion();
    await change(`UPDATE "user" SET "name" = 'Ada' WHERE "id" = '${editor.id}'`);
    const renamed = { ...editor, name: "Ada" };
    await expect.poll(known, { timeout: 10_000 }).toEqual([renamed, renamed, "Ada"]);
    expect(await identity.peopleVersion()).not.toBe(before);
    expect(identity.cachedPeopleVersion()).toBe(await identity.peopleVersion());

    await change(`UPDATE "apikey" SET "expiresAt" = '2020-01-01T00:00:00.000Z' WHERE "id" = '${id}'`);
    await expect.poll(known, { timeout: 10_000 }).toEqual([renamed, null, "Ada"]);
    await change(`UPDATE "session" SET "expiresAt" = '2020-01-01T00:00:00.000Z'`);
    await expect.poll(known, { timeout: 10_000 }).toEqual([null, null, "Ada"]);
    await change(`UPDATE "user" SET "name" = '${ada.name}' WHERE "id" = '${editor.id}'`);
    await expect.poll(known, { timeout: 10_000 }).toEqual([null, null, ada.name]);
  });

  test("forgets a person whose account is deleted", async () => {
    const leaving = await identity.addUser({ ...ada, email: "leaving@example.org", role: "reader" });
    const cookie = browser(await identity.signIn({ ...ada, email: leaving.email }));
    const { token } = await identity.createToken(leaving.id, { name: "ci" });
    expect(await identity.personOfSession(cookie)).toEqual(leaving);
    expect(await identity.personOfToken(token)).toEqual(leaving);
    expect((await identity.personsByIds([leaving.id])).size).toBe(1);
    for (const table of ["session", "account"])
      await change(`DELETE FROM "${table}" WHERE "userId" = '${leaving.id}'`);
    await change(`DELETE FROM "user" WHERE "id" = '${leaving.id}'`);
    await expect.poll(() => identity.personsByIds([leaving.id]), { timeout: 10_000 }).toEqual(new Map());
    expect(await identity.personOfSession(cookie)).toBeNull();
    expect(await identity.personOfToken(token)).toBeNull();
  });

  test("ends a cached session when it expires", async () => {
    const cookie = browser(await identity.signIn(ada));
    const soon = new Date(Date.now() + 300).toISOString();
    await change(`UPDATE "session" SET "expiresAt" = '${soon}'`);
    await expect.poll(() => identity.personOfSession(cookie), { timeout: 10_000 }).toBeNull();
  });
});
