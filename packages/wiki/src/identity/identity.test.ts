import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseRefusedError } from "@palimpsest/eventsourcing";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import type { IdentityDatabase } from "./database.ts";
import {
  EmailTakenError,
  FirstAdministratorRefusedError,
  InvalidEmailError,
  InvalidNameError,
  PersonNotFoundError,
  SignInFailedError,
  SignUpClosedError,
  TokenNotFoundError,
  WeakPasswordError,
} from "./errors.ts";
import { type Identity, type IdentityOptions, openIdentity, type SignedIn } from "./identity.ts";

const folder = mkdtempSync(join(tmpdir(), "palimpsest-identity-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SECRET = "a secret of the tests, long enough";
const APPLICATION_ID = 0x50_41_4c_49;
const ada = { email: "ada@example.org", name: "Ada Lovelace", password: "analytical engine" };
const grace = { email: "grace@example.org", name: "Grace Hopper", password: "nanoseconds" };

let files = 0;
/** A file as the recorder of the events leaves it. */
function newFile(): string {
  const path = join(folder, `${++files}.db`);
  const connection = new Database(path);
  connection.pragma(`application_id = ${APPLICATION_ID}`);
  connection.pragma("user_version = 7");
  connection.pragma("journal_mode = WAL");
  connection.close();
  return path;
}

function open(database: IdentityDatabase, changed: Partial<IdentityOptions> = {}): Promise<Identity> {
  const options = { secret: SECRET, baseUrl: "http://localhost:3000", secureCookies: false };
  return openIdentity({ ...options, signUp: "open", database, ...changed });
}

/** The headers that a browser sends after these answers. */
function browser(...answers: { setCookies: string[] }[]): Headers {
  const cookies = new Map<string, string>();
  for (const line of answers.flatMap(({ setCookies }) => setCookies)) {
    const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=");
    if (/max-age=0/i.test(line)) cookies.delete(name);
    else cookies.set(name, value);
  }
  return new Headers({ cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") });
}

const nobody = () => new Headers();

describe.each(["sqlite", "memory"] as const)("accounts in %s", (kind) => {
  let database: IdentityDatabase;
  let identity: Identity;
  beforeEach(async () => {
    database = kind === "sqlite" ? { kind, path: newFile() } : { kind };
    identity = await open(database);
  });
  afterEach(() => identity.close());

  test("a person signs in and out", async () => {
    const added = await identity.addUser({ ...ada, role: "editor" });
    expect(added).toEqual({ id: added.id, name: ada.name, email: ada.email, role: "editor" });
    expect(added.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

    const signedIn = await identity.signIn({ ...ada, email: " ADA@Example.ORG " }, nobody());
    expect(signedIn.person).toEqual(added);
    expect(await identity.personOfSession(browser(signedIn))).toEqual(added);

    const signedOut = await identity.signOut(browser(signedIn));
    expect(await identity.personOfSession(browser(signedIn))).toBeNull();
    expect(browser(signedIn, signedOut).get("cookie")).toBe("");
    await identity.signOut(nobody());
  });

  test("the session's cookie is kept from scripts and from other sites' forms", async () => {
    await identity.addUser({ ...ada, role: "reader" });
    const { setCookies } = await identity.signIn(ada, nobody());
    expect(setCookies).toHaveLength(1);
    expect(setCookies[0]).toMatch(/^palimpsest\.session_token=/);
    expect(setCookies[0]).toMatch(/HttpOnly/i);
    expect(setCookies[0]).toMatch(/SameSite=Lax/i);
    expect(setCookies[0]).toMatch(/Path=\//i);
    expect(setCookies[0]).not.toMatch(/Secure/i);
  });

  test("an unknown e-mail, a wrong password and malformed ones fail alike", async () => {
    await identity.addUser({ ...ada, role: "reader" });
    const attempts = [
      { email: "nobody@example.org", password: ada.password },
      { email: ada.email, password: "difference engine" },
      { email: ada.email, password: "" },
      { email: ada.email, password: "x".repeat(10_000) },
      { email: "", password: ada.password },
      { email: "' OR 1=1 --", password: ada.password },
      { email: `${"a".repeat(1_000_000)}@example.org`, password: ada.password },
    ];
    for (const attempt of attempts) {
      const refusal = identity.signIn(attempt, nobody());
      await expect(refusal).rejects.toThrow(SignInFailedError);
      await expect(refusal).rejects.toThrow("The e-mail or the password is wrong.");
    }
  });

  test("signing up gives the role reader, whatever is asked for", async () => {
    const asked = { ...ada, role: "admin" };
    const signedUp = await identity.signUp(asked, nobody());
    expect(signedUp.person).toMatchObject({ email: ada.email, role: "reader" });
    expect(await identity.personOfSession(browser(signedUp))).toEqual(signedUp.person);
  });

  test("names, e-mails and passwords out of bounds are refused, and nothing is stored", async () => {
    const add = (change: Partial<typeof ada>) => identity.addUser({ ...ada, ...change, role: "reader" });
    const local = (length: number) => `${"a".repeat(length - "@example.org".length)}@example.org`;
    for (const email of ["", "ada", "ada@", "a b@c.de", "<b>@example.org", "ada@b.c\n@d.e", local(255)]) {
      await expect(add({ email })).rejects.toThrow(InvalidEmailError);
    }
    for (const name of [
      "",
      "  ",
      "\u200b",
      "x".repeat(201),
      "a\nb",
      "a\0b",
      "a\u202eb",
      "\ud800",
      "𝒜".repeat(201),
    ])
      await expect(add({ name })).rejects.toThrow(InvalidNameError);
    for (const password of ["", "1234567", "x".repeat(129)])
      await expect(add({ password })).rejects.toThrow(WeakPasswordError);
    expect(await identity.countUsers()).toBe(0);

    const widest = await add({ email: local(254), name: "𝒜".repeat(200), password: "x".repeat(128) });
    expect(widest.name).toBe("𝒜".repeat(200));
    expect(await identity.countUsers()).toBe(1);
  });

  test("a name comes back as it was written, markup and all", async () => {
    const name = `<script>alert("1")</script> O'Brien; DROP TABLE "user" 👩‍💻 ليلى`;
    const { id } = await identity.addUser({ ...ada, name, role: "reader" });
    expect((await identity.personsByIds([id])).get(id)).toEqual({ id, name });
  });

  test("an e-mail belongs to one person, in whatever case it is written", async () => {
    await identity.addUser({ ...ada, role: "reader" });
    const again = { ...grace, email: "Ada@EXAMPLE.org" };
    await expect(identity.addUser({ ...again, role: "admin" })).rejects.toThrow(EmailTakenError);
    await expect(identity.signUp(again, nobody())).rejects.toThrow(EmailTakenError);
    const both = await Promise.allSettled([
      identity.addUser({ ...grace, role: "reader" }),
      identity.addUser({ ...grace, email: grace.email.toUpperCase(), role: "reader" }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await identity.countUsers()).toBe(2);
  });

  test("people are found by e-mail and named by id", async () => {
    const a = await identity.addUser({ ...ada, role: "editor" });
    const g = await identity.addUser({ ...grace, role: "reader" });
    expect(await identity.findPersonByEmail("ADA@example.org ")).toEqual(a);
    expect(await identity.findPersonByEmail("not an e-mail")).toBeNull();
    const unknown = Array.from({ length: 1_200 }, () => crypto.randomUUID());
    const names = await identity.personsByIds([a.id, ...unknown, g.id, a.id, "no id"]);
    expect([...names.values()].map(({ name }) => name).sort()).toEqual([ada.name, grace.name]);
    expect(await identity.personsByIds([])).toEqual(new Map());
  });

  test("a token stands for its owner until it is revoked", async () => {
    const owner = await identity.addUser({ ...ada, role: "editor" });
    const other = await identity.addUser({ ...grace, role: "editor" });
    const first = await identity.createToken(owner.id, { name: "import" });
    const second = await identity.createToken(owner.id, { name: "𝒜".repeat(200) });
    expect(first.token).toMatch(/^palimpsest_[a-zA-Z]{64}$/);
    for (let use = 0; use < 20; use++) expect(await identity.personOfToken(first.token)).toEqual(owner);
    expect((await identity.listTokens(owner.id)).map(({ id }) => id).sort()).toEqual(
      [first.id, second.id].sort(),
    );
    expect(JSON.stringify(await identity.listTokens(owner.id))).not.toContain(first.token.slice(11));

    await expect(identity.revokeToken(other.id, first.id)).rejects.toThrow(TokenNotFoundError);
    expect(await identity.personOfToken(first.token)).toEqual(owner);
    await identity.revokeToken(owner.id, first.id);
    expect(await identity.personOfToken(first.token)).toBeNull();
    expect(await identity.personOfToken(second.token)).toEqual(owner);
    await expect(identity.revokeToken(owner.id, first.id)).rejects.toThrow(TokenNotFoundError);
  });

  test("a token needs an owner and a name", async () => {
    await expect(identity.createToken(crypto.randomUUID(), { name: "x" })).rejects.toThrow(
      PersonNotFoundError,
    );
    const { id } = await identity.addUser({ ...ada, role: "reader" });
    await expect(identity.createToken(id, { name: "" })).rejects.toThrow(InvalidNameError);
    expect(await identity.listTokens(id)).toEqual([]);
  });

  test("wrong, empty and huge tokens are nobody's", async () => {
    const { id } = await identity.addUser({ ...ada, role: "reader" });
    const { token } = await identity.createToken(id, { name: "ci" });
    const wrong = ["", " ", "null", `${token} `, token.slice(0, -1), token.toLowerCase(), "palimpsest_"];
    for (const text of [...wrong, token.repeat(140), "x".repeat(10_240), `palimpsest_${"\0".repeat(64)}`])
      expect(await identity.personOfToken(text)).toBeNull();
  });

  test("forged and malformed cookies are nobody's", async () => {
    await identity.addUser({ ...ada, role: "reader" });
    const cookie = browser(await identity.signIn(ada, nobody())).get("cookie") ?? "";
    const [value = ""] = cookie.split("=")[1]?.split(".") ?? [];
    const forged = [
      cookie.slice(0, -8),
      cookie.replace(value, "x".repeat(32)),
      `palimpsest.session_token=${value}`,
    ];
    for (const text of forged)
      expect(await identity.personOfSession(new Headers({ cookie: text }))).toBeNull();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme-ascii" }), async (text) => {
        const headers = new Headers({ cookie: `palimpsest.session_token=${text}` });
        expect(await identity.personOfSession(headers)).toBeNull();
      }),
    );
  });

  test("the first administrator is made once, with the token of the start", async () => {
    const token = await identity.firstAdministratorToken();
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(await identity.firstAdministratorToken()).toBe(token);
    for (const wrong of ["", "x", `${token}x`])
      await expect(identity.createFirstAdministrator({ ...ada, token: wrong })).rejects.toMatchObject({
        code: "first-administrator-refused",
        reason: "wrong-token",
      });
    const right = { ...ada, token: token ?? "" };
    await expect(identity.createFirstAdministrator({ ...right, password: "short" })).rejects.toThrow(
      WeakPasswordError,
    );

    const two = await Promise.allSettled([
      identity.createFirstAdministrator(right),
      identity.createFirstAdministrator({ ...right, ...grace }),
    ]);
    expect(two.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const refused = two.find((result) => result.status === "rejected");
    expect(refused?.reason).toBeInstanceOf(FirstAdministratorRefusedError);
    expect(refused?.reason).toMatchObject({ reason: "administrator-exists" });
    expect(await identity.countUsers()).toBe(1);
    expect(await identity.firstAdministratorToken()).toBeNull();
  });

  test("an administrator made in another way ends the token too", async () => {
    const token = (await identity.firstAdministratorToken()) ?? "";
    await identity.addUser({ ...grace, role: "editor" });
    expect(await identity.firstAdministratorToken()).toBe(token);
    await expect(identity.createFirstAdministrator({ ...grace, token })).rejects.toThrow(EmailTakenError);
    expect(await identity.firstAdministratorToken()).toBe(token);
    await identity.addUser({ ...ada, role: "admin" });
    expect(await identity.firstAdministratorToken()).toBeNull();
    const late = { ...grace, email: "late@example.org", token };
    await expect(identity.createFirstAdministrator(late)).rejects.toMatchObject({
      reason: "administrator-exists",
    });
  });
});

test("signing up is refused where it is closed", async () => {
  const identity = await open({ kind: "memory" }, { signUp: "closed" });
  await expect(identity.signUp(ada, nobody())).rejects.toThrow(SignUpClosedError);
  expect(await identity.countUsers()).toBe(0);
  await identity.close();
});

test("secure cookies say so", async () => {
  const identity = await open(
    { kind: "memory" },
    { secureCookies: true, baseUrl: "https://wiki.example.org" },
  );
  const signedUp = await identity.signUp(ada, nobody());
  expect(signedUp.setCookies[0]).toMatch(/^__Secure-palimpsest\.session_token=.*; Secure/);
  expect(await identity.personOfSession(browser(signedUp))).toEqual(signedUp.person);
  await identity.close();
});

describe("accounts in a file", () => {
  test("the file must be there, and keeps the marks of the record", async () => {
    const missing = join(folder, "missing.db");
    await expect(open({ kind: "sqlite", path: missing })).rejects.toThrow(DatabaseRefusedError);
    const path = newFile();
    await (await open({ kind: "sqlite", path })).close();
    const connection = new Database(path);
    expect(connection.pragma("application_id", { simple: true })).toBe(APPLICATION_ID);
    expect(connection.pragma("user_version", { simple: true })).toBe(7);
    connection.close();
  });

  test("sessions and tokens outlive a restart, but not another secret", async () => {
    const database = { kind: "sqlite", path: newFile() } as const;
    const before = await open(database);
    const signedUp = await before.signUp(ada, nobody());
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

  test("two on one file see each other's changes at once", async () => {
    const database = { kind: "sqlite", path: newFile() } as const;
    const [one, two] = await Promise.all([open(database), open(database)]);
    const signedUp = await one.signUp(ada, nobody());
    const headers = browser(signedUp);
    expect(await two.personOfSession(headers)).toEqual(signedUp.person);
    await Promise.all(
      [one, two, one, two].map((identity, n) =>
        identity.addUser({ ...grace, email: `grace${n}@example.org`, role: "reader" }),
      ),
    );
    expect(await one.countUsers()).toBe(5);

    change(database.path, `UPDATE "user" SET "role" = 'editor' WHERE "email" = '${ada.email}'`);
    expect(await one.personOfSession(headers)).toMatchObject({ role: "editor" });
    change(database.path, `UPDATE "user" SET "role" = 'emperor' WHERE "email" = '${ada.email}'`);
    expect(await two.personOfSession(headers)).toMatchObject({ role: "reader" });

    await two.signOut(headers);
    expect(await one.personOfSession(headers)).toBeNull();
    await Promise.all([one.close(), two.close()]);
  });

  test("a session ends at its time", async () => {
    const database = { kind: "sqlite", path: newFile() } as const;
    const identity = await open(database);
    const signedUp = await identity.signUp(ada, nobody());
    change(database.path, `UPDATE "session" SET "expiresAt" = '2020-01-01T00:00:00.000Z'`);
    expect(await identity.personOfSession(browser(signedUp))).toBeNull();
    await identity.close();
  });

  test("looking up sessions, tokens and names writes nothing", async () => {
    const database = { kind: "sqlite", path: newFile() } as const;
    const identity = await open(database);
    const signedUp: SignedIn = await identity.signUp(ada, nobody());
    const { token } = await identity.createToken(signedUp.person.id, { name: "ci" });
    change(database.path, `UPDATE "session" SET "updatedAt" = '2020-01-01', "createdAt" = '2020-01-01'`);
    const watcher = new Database(database.path);
    const before = watcher.pragma("data_version", { simple: true });
    await identity.personOfSession(browser(signedUp));
    await identity.personOfToken(token);
    await identity.personsByIds([signedUp.person.id]);
    expect(watcher.pragma("data_version", { simple: true })).toBe(before);
    watcher.close();
    await identity.close();
  });

  test("nothing in the file gives a token, a password or the first administrator's link away", async () => {
    const database = { kind: "sqlite", path: newFile() } as const;
    const identity = await open(database);
    const link = (await identity.firstAdministratorToken()) ?? "";
    const { person } = await identity.signUp(ada, nobody());
    const { token } = await identity.createToken(person.id, { name: "ci" });
    await identity.close();
    const connection = new Database(database.path);
    const rows = ["user", "account", "apikey", "verification"].flatMap((table) =>
      connection.prepare(`SELECT * FROM "${table}"`).all(),
    );
    connection.close();
    const everything = JSON.stringify(rows);
    expect(everything).toContain(ada.email);
    for (const hidden of [link, token, ada.password]) expect(everything).not.toContain(hidden);
  });

  test("four processes that start at once make the tables and one first administrator", async () => {
    const path = newFile();
    const racer = `
      import { openIdentity } from ${JSON.stringify(new URL("./identity.ts", import.meta.url).href)};
      const options = { secret: ${JSON.stringify(SECRET)}, baseUrl: "http://localhost", signUp: "closed" };
      const database = { kind: "sqlite", path: ${JSON.stringify(path)} };
      const identity = await openIdentity({ ...options, database, secureCookies: false });
      const token = await identity.firstAdministratorToken();
      const person = { email: process.pid + "@example.org", name: "Racer", password: "as fast as I can" };
      console.log(
        await identity.createFirstAdministrator({ ...person, token: token ?? "none" }).then(
          () => "made", (error) => error.code));
      await identity.close();`;
    const answers = await Promise.all([1, 2, 3, 4].map(() => run(racer)));
    expect(answers.sort()).toEqual([...Array(3).fill("first-administrator-refused"), "made"]);
    const identity = await open({ kind: "sqlite", path });
    expect(await identity.countUsers()).toBe(1);
    await identity.close();
  });
});

function change(path: string, statement: string): void {
  const connection = new Database(path);
  connection.exec(statement);
  connection.close();
}

/** Runs a program in a process of its own; resolves to what it says. */
function run(program: string): Promise<string> {
  const flags = ["--conditions=palimpsest-source", "--import", "tsx", "--input-type=module", "-e", program];
  const child = spawn(process.execPath, flags, {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  const complaints: string[] = [];
  child.stdout.on("data", (data) => said.push(String(data)));
  child.stderr.on("data", (data) => complaints.push(String(data)));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0 && complaints.length === 0) resolve(said.join("").trim());
      else reject(new Error(`exit code ${code}: ${complaints.join("")}`));
    });
  });
}
