// Tokens that the plugin @better-auth/api-key stored must keep working: wikis and programs depend on them.
import { expect, test } from "vitest";
import { onEachAccountDatabase } from "../../../../test/account-databases.ts";
import { ada, grace, open } from "../../../../test/accounts.ts";
import { writeEarlierTokens } from "../../../../test/fixtures/earlier-tokens.ts";
import type { Person } from "./person.ts";

onEachAccountDatabase("tokens of an earlier version", (databases) => {
  async function openEarlier() {
    const database = await databases.make();
    const tokens = await writeEarlierTokens(databases, database);
    const identity = await open(database);
    const personOf = (name: string): Promise<Person | null> => identity.personOfToken(tokens.get(name) ?? "");
    return { database, identity, personOf, tokens };
  }

  test("identify their owners", async () => {
    const { identity, personOf, tokens } = await openEarlier();
    expect(tokens.size).toBe(5);
    const { password: _, ...owner } = ada;
    expect(await personOf("nightly export")).toEqual({ ...owner, id: expect.any(String), role: "editor" });
    expect(await personOf("Übersicht 👩‍💻")).toMatchObject({ email: ada.email });
    expect(await personOf("expires in 3000")).toMatchObject({ email: grace.email, role: "reader" });
    await identity.close();
  });

  test("are rejected if they are disabled, expired or their owner was removed", async () => {
    const { database, identity, personOf } = await openEarlier();
    expect(await personOf("disabled")).toBeNull();
    expect(await personOf("expired")).toBeNull();
    await databases.run(database, `DELETE FROM "user" WHERE "email" = '${grace.email}'`);
    expect(await personOf("expires in 3000")).toBeNull();
    await databases.run(database, `UPDATE "apikey" SET "enabled" = NULL`);
    expect(await personOf("nightly export")).toBeNull();
    await identity.close();
  });

  test("are listed with new ones, newest first, and can be revoked", async () => {
    const { identity, personOf } = await openEarlier();
    const owner = await personOf("nightly export");
    const id = owner?.id ?? "";
    const created = await identity.createToken(id, { name: "new" });
    expect(await identity.personOfToken(created.token)).toEqual(owner);

    const entries = await identity.listTokens(id);
    expect(entries[0]).toEqual({ id: created.id, name: "new", createdAt: expect.any(Date) });
    const sameTime = entries.slice(1, 4).map(({ name }) => name);
    expect(sameTime.sort()).toEqual(["disabled", "expired", "Übersicht 👩‍💻"]);
    expect(entries[4]).toMatchObject({
      name: "nightly export",
      createdAt: new Date("2026-01-02T03:04:05.678Z"),
    });

    await identity.revokeToken(id, entries[4]?.id ?? "");
    expect(await personOf("nightly export")).toBeNull();
    expect(await personOf("Übersicht 👩‍💻")).toEqual(owner);
    await identity.close();
  });

  test("keep their rows when several processes open the accounts", async () => {
    const database = await databases.make();
    const tokens = await writeEarlierTokens(databases, database);
    const rows = `SELECT * FROM "apikey" ORDER BY "id"`;
    const before = await databases.run(database, rows);
    const opened = await Promise.all([1, 2, 3, 4].map(() => open(database)));
    for (const identity of opened)
      expect(await identity.personOfToken(tokens.get("nightly export") ?? "")).not.toBeNull();
    await Promise.all(opened.map((identity) => identity.close()));
    expect(await databases.run(database, rows)).toEqual(before);
  });
});

onEachAccountDatabase("the token table", (databases) => {
  test("is created if only the other tables exist", async () => {
    const database = await databases.make();
    await (await open(database)).close();
    for (const table of ["apikey", "account_versions"])
      await databases.run(database, `DROP TABLE "${table}"`);
    const opened = await Promise.all([1, 2, 3, 4].map(() => open(database)));
    const [identity] = opened;
    const owner = await identity?.addUser({ ...ada, role: "reader" });
    const created = await identity?.createToken(owner?.id ?? "", { name: "ci" });
    for (const each of opened) expect(await each.personOfToken(created?.token ?? "")).toEqual(owner);
    await Promise.all(opened.map((each) => each.close()));
  });

  test("stores a token's SHA-256, its name and its owner, as the plugin did", async () => {
    const database = await databases.make();
    const identity = await open(database);
    const { id } = await identity.addUser({ ...ada, role: "reader" });
    const created = await identity.createToken(id, { name: " nightly  export " });
    await identity.close();
    const [row] = await databases.run(database, `SELECT * FROM "apikey"`);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(created.token));
    expect(row).toMatchObject({
      id: created.id,
      configId: "default",
      name: "nightly  export",
      referenceId: id,
      key: Buffer.from(digest).toString("base64url"),
      expiresAt: null,
    });
  });
});
