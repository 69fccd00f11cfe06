import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseRefusedError } from "@palimpsest/eventsourcing";
import { openDatabase, sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { expect, test } from "vitest";
import { onEachAccountDatabase, TABLES } from "../../../../test/account-databases.ts";
import { ada, browser, grace, open, SECRET } from "../../../../test/accounts.ts";
import type { Database } from "../config.ts";

onEachAccountDatabase("stored accounts", (databases) => {
  const { run } = databases;

  test("require a database that the recorder created", async () => {
    await expect(open(databases.missing())).rejects.toThrow(DatabaseRefusedError);
  });

  test("keep sessions and tokens after a restart with the same secret", async () => {
    const database = await databases.make();
    const before = await open(database);
    const signedUp = await before.signUp(ada);
    const { token } = await before.createToken(signedUp.person.id, { name: "ci" });
    const link = await before.firstAdministratorToken();
    await before.close();

    const after = await open(database);
    expect(await after.personOfSession(browser(signedUp))).toEqual(signedUp.person);
    expect(await after.personOfToken(token)).toEqual(signedUp.person);
    expect(await after.firstAdministratorToken()).toBe(link);
    await after.close();

    const otherSecret = await open(database, { secret: "x".repeat(40) });
    expect(await otherSecret.personOfSession(browser(signedUp))).toBeNull();
    expect(await otherSecret.firstAdministratorToken()).not.toBe(link);
    await otherSecret.close();
  });

  test("show changes of another connection", async () => {
    const database = await databases.make();
    const [one, two] = await Promise.all([open(database), open(database)]);
    const signedUp = await one.signUp(ada);
    const cookie = browser(signedUp);
    expect(await two.personOfSession(cookie)).toEqual(signedUp.person);
    await Promise.all(
      [one, two, one, two].map((identity, n) =>
        identity.addUser({ ...grace, email: `grace${n}@example.org`, role: "reader" }),
      ),
    );
    expect(await one.countUsers()).toBe(5);

    await run(database, `UPDATE "user" SET "role" = 'editor' WHERE "email" = '${ada.email}'`);
    await expect
      .poll(() => one.personOfSession(cookie), { timeout: 10_000 })
      .toMatchObject({ role: "editor" });
    await run(database, `UPDATE "user" SET "role" = 'emperor' WHERE "email" = '${ada.email}'`);
    await expect
      .poll(() => two.personOfSession(cookie), { timeout: 10_000 })
      .toMatchObject({ role: "reader" });

    await two.signOut(cookie);
    await expect.poll(() => one.personOfSession(cookie), { timeout: 10_000 }).toBeNull();
    await Promise.all([one.close(), two.close()]);
  });

  test("end a session when it expires", async () => {
    const database = await databases.make();
    const identity = await open(database);
    const signedUp = await identity.signUp(ada);
    await run(database, `UPDATE "session" SET "expiresAt" = '2020-01-01T00:00:00.000Z'`);
    expect(await identity.personOfSession(browser(signedUp))).toBeNull();
    await identity.close();
  });

  test("delete a person's expired sessions when the person signs in", async () => {
    const database = await databases.make();
    const identity = await open(database);
    const [expired] = [await identity.signUp(ada), await identity.signUp(grace)];
    const token = browser(expired).split(/[=.]/)[2];
    await run(database, `UPDATE "session" SET "expiresAt" = '2020-01-01T00:00:00.000Z'`);
    const signedIn = await identity.signIn(ada);
    const rows = await run(database, `SELECT "token" FROM "session"`);
    expect(rows).toHaveLength(2);
    expect(rows).not.toContainEqual({ token });
    expect(await identity.personOfSession(browser(signedIn))).toEqual(expired?.person);
    await identity.close();
  });

  test("write nothing to look up sessions, tokens and names", async () => {
    const database = await databases.make();
    const identity = await open(database);
    const signedUp = await identity.signUp(ada);
    const { token } = await identity.createToken(signedUp.person.id, { name: "ci" });
    const longAgo = "2020-01-01T00:00:00.000Z";
    await run(database, `UPDATE "session" SET "updatedAt" = '${longAgo}', "createdAt" = '${longAgo}'`);
    const before = await databases.trace(database);
    expect(await identity.personOfSession(browser(signedUp))).toEqual(signedUp.person);
    expect(await identity.personOfToken(token)).toEqual(signedUp.person);
    await identity.personsByIds([signedUp.person.id]);
    expect(await databases.trace(database)).toBe(before);
    await identity.close();
  });

  test("contain no token, no password and no first administrator's link", async () => {
    const database = await databases.make();
    const identity = await open(database);
    const link = (await identity.firstAdministratorToken()) ?? "";
    const { person } = await identity.signUp(ada);
    const { token } = await identity.createToken(person.id, { name: "ci" });
    await identity.close();
    const everything = await everythingIn(database);
    expect(everything).toContain(ada.email);
    for (const hidden of [link, token, ada.password]) expect(everything).not.toContain(hidden);
  });

  test("contain no account whose password could not be stored", async () => {
    const database = await databases.make();
    const identity = await open(database);
    const link = await identity.firstAdministratorToken();
    await run(database, `ALTER TABLE "account" RENAME TO "account_away"`);
    await expect(identity.addUser({ ...ada, role: "admin" })).rejects.toThrow("account");
    expect(await identity.countUsers()).toBe(0);
    expect(await identity.firstAdministratorToken()).toBe(link);
    await run(database, `ALTER TABLE "account_away" RENAME TO "account"`);
    await identity.addUser({ ...ada, role: "admin" });
    expect(await identity.countUsers()).toBe(1);
    await identity.close();
  });

  test("are created once by four processes that start at once, with one first administrator", async () => {
    const database = await databases.make();
    const racer = `
      import { openIdentity } from ${JSON.stringify(new URL("../../dist/identity/identity.js", import.meta.url).href)};
      const options = { secret: ${JSON.stringify(SECRET)}, baseUrl: "http://localhost", signUp: "closed" };
      const database = ${JSON.stringify(database)};
      const identity = await openIdentity({ ...options, database, secureCookies: false });
      const token = await identity.firstAdministratorToken();
      const person = { email: process.pid + "@example.org", name: "Racer", password: "as fast as I can" };
      console.log(
        await identity.createFirstAdministrator({ ...person, token: token ?? "none" }).then(
          () => "created", (error) => error.code));
      await identity.close();`;
    const answers = await Promise.all(Array.from({ length: 4 }, () => runProcess(racer)));
    expect(answers.sort()).toEqual(["created", ...Array(3).fill("first-administrator-refused")]);
    const identity = await open(database);
    expect(await identity.countUsers()).toBe(1);
    await identity.close();
  });

  async function everythingIn(database: Database): Promise<string> {
    const rows = await Promise.all(TABLES.map((table) => run(database, `SELECT * FROM "${table}"`)));
    return JSON.stringify(rows);
  }
});

// Raise SCHEMA_VERSION in account-tables.ts with each change: only then existing wikis get it.
test("version 2 of the accounts' schema has these columns", async () => {
  const folder = mkdtempSync(join(tmpdir(), "palimpsest-accounts-"));
  const path = join(folder, "events.db");
  await (await sqliteRecorder({ path })).close();
  await (await open({ kind: "sqlite", path })).close();
  const db = openDatabase(path, { readonly: true });
  const columnsOf = (table: string) => db.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table);
  expect(
    Object.fromEntries(
      [...TABLES, "invitation", "wiki_settings"].map((table) => [table, columnsOf(table).join(" ")]),
    ),
  ).toEqual({
    user: "id name email emailVerified image createdAt updatedAt role",
    account:
      "id accountId providerId userId accessToken refreshToken idToken accessTokenExpiresAt refreshTokenExpiresAt scope password createdAt updatedAt",
    apikey: "id configId name referenceId key enabled expiresAt createdAt updatedAt",
    verification: "id identifier value expiresAt createdAt updatedAt",
    session: "id expiresAt token createdAt updatedAt ipAddress userAgent userId",
    invitation: "id secretHash role createdBy createdAt expiresAt",
    wiki_settings: "name value",
  });
  expect(db.prepare("SELECT schema FROM account_versions").pluck().get()).toBe(2);
  db.close();
  rmSync(folder, { recursive: true });
});

test("accounts keep the application id and version of the SQLite file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "palimpsest-accounts-"));
  const path = join(folder, "marked.db");
  const before = openDatabase(path);
  before.exec("PRAGMA application_id = 12345");
  before.exec("PRAGMA user_version = 7");
  before.exec("PRAGMA journal_mode = WAL");
  before.close();

  const identity = await open({ kind: "sqlite", path });
  await identity.addUser({ ...ada, role: "reader" });
  await identity.close();

  const after = openDatabase(path);
  expect(after.prepare("PRAGMA application_id").pluck().get()).toBe(12345);
  expect(after.prepare("PRAGMA user_version").pluck().get()).toBe(7);
  after.close();
  rmSync(folder, { recursive: true });
});

/** Runs a program in a new process and resolves to its output. */
function runProcess(program: string): Promise<string> {
  const flags = ["--input-type=module", "-e", program];
  const child = spawn(process.execPath, flags, {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  const errors: string[] = [];
  child.stdout.on("data", (data) => output.push(String(data)));
  child.stderr.on("data", (data) => errors.push(String(data)));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0 && errors.length === 0) resolve(output.join("").trim());
      else reject(new Error(`exit code ${code}: ${errors.join("")}`));
    });
  });
}
