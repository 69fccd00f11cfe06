import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { onEachAccountDatabase } from "../../../../test/account-databases.ts";
import { ada, browser, grace, open } from "../../../../test/accounts.ts";
import type { Database } from "../config.ts";
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
import type { Identity } from "./identity.ts";

/** Tests that every database must pass. */
onEachAccountDatabase("identity", (databases) => {
  let database: Database;
  let identity: Identity;
  beforeAll(async () => {
    database = await databases.make();
    identity = await open(database);
  });
  afterEach(() => databases.clear(database));
  afterAll(() => identity.close());

  test("signs a person in and out", async () => {
    const added = await identity.addUser({ ...ada, role: "editor" });
    expect(added).toEqual({ id: added.id, name: ada.name, email: ada.email, role: "editor" });
    expect(added.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

    const signedIn = await identity.signIn({ ...ada, email: " ADA@Example.ORG " });
    expect(signedIn.person).toEqual(added);
    expect(await identity.personOfSession(browser(signedIn))).toEqual(added);

    const signedOut = await identity.signOut(browser(signedIn));
    expect(await identity.personOfSession(browser(signedIn))).toBeNull();
    expect(browser(signedIn, signedOut)).toBe("");
    await identity.signOut(undefined);

    // PostgreSQL rejects texts with NUL.
    for (const attempt of [{ email: `${ada.email}\0` }, { password: "\0\ud800" }])
      await expect(identity.signIn({ ...ada, ...attempt })).rejects.toThrow(SignInFailedError);
    expect(await identity.personOfToken(`palimpsest_${"\0".repeat(64)}`)).toBeNull();
  });

  test("stores a name with markup exactly", async () => {
    const name = `<script>alert("1")</script> O'Brien; DROP TABLE "user" 👩‍💻 ليلى`;
    const { id } = await identity.addUser({ ...ada, name, role: "reader" });
    expect((await identity.personsByIds([id])).get(id)).toEqual({ id, name });
  });

  test("rejects an e-mail that another account has, ignoring case", async () => {
    await identity.addUser({ ...ada, role: "reader" });
    const again = { ...grace, email: "Ada@EXAMPLE.org" };
    await expect(identity.addUser({ ...again, role: "admin" })).rejects.toThrow(EmailTakenError);
    await expect(identity.signUp(again)).rejects.toThrow(EmailTakenError);
    const both = await Promise.allSettled([
      identity.addUser({ ...grace, role: "reader" }),
      identity.addUser({ ...grace, email: grace.email.toUpperCase(), role: "reader" }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await identity.countUsers()).toBe(2);
  });

  test("finds people by e-mail and names by id", async () => {
    const a = await identity.addUser({ ...ada, role: "editor" });
    const g = await identity.addUser({ ...grace, role: "reader" });
    expect(await identity.findPersonByEmail("ADA@example.org ")).toEqual(a);
    for (const text of ["not an e-mail", "", "\0", "ada@example.org\0"])
      expect(await identity.findPersonByEmail(text)).toBeNull();
    const unknown = Array.from({ length: 1_200 }, () => crypto.randomUUID());
    const names = await identity.personsByIds([a.id, ...unknown, g.id, a.id, "no id", "\0"]);
    expect([...names.values()].map(({ name }) => name).sort()).toEqual([ada.name, grace.name]);
    expect(await identity.personsByIds([])).toEqual(new Map());
  });

  test("finds the owner of a token until it is revoked", async () => {
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
    for (const id of [first.id, "no id", "", "\0"])
      await expect(identity.revokeToken(owner.id, id)).rejects.toThrow(TokenNotFoundError);
  });

  test("rejects a token without an owner or a name", async () => {
    for (const id of [crypto.randomUUID(), "no id", "\0"])
      await expect(identity.createToken(id, { name: "x" })).rejects.toThrow(PersonNotFoundError);
    const { id } = await identity.addUser({ ...ada, role: "reader" });
    await expect(identity.createToken(id, { name: "" })).rejects.toThrow(InvalidNameError);
    expect(await identity.listTokens(id)).toEqual([]);
  });

  test("creates the first administrator once, with the token of the link", async () => {
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

  test("ends the token when another administrator is created", async () => {
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

/** Rules that do not depend on the database. */
describe("identity in memory", () => {
  let identity: Identity;
  beforeEach(async () => {
    identity = await open({ kind: "memory" });
  });
  afterEach(() => identity.close());

  test("sets a session cookie that is HttpOnly and SameSite=Lax", async () => {
    await identity.addUser({ ...ada, role: "reader" });
    const { setCookies } = await identity.signIn(ada);
    expect(setCookies).toHaveLength(1);
    expect(setCookies[0]).toMatch(/^palimpsest\.session_token=/);
    expect(setCookies[0]).toMatch(/HttpOnly/i);
    expect(setCookies[0]).toMatch(/SameSite=Lax/i);
    expect(setCookies[0]).toMatch(/Path=\//i);
    expect(setCookies[0]).not.toMatch(/Secure/i);
  });

  test("answers an unknown e-mail and a wrong password with the same error", async () => {
    await identity.addUser({ ...ada, role: "reader" });
    const attempts = [
      { email: "nobody@example.org", password: ada.password },
      { email: ada.email, password: "difference engine" },
      { email: ada.email, password: "" },
      { email: ada.email, password: "x".repeat(10_000) },
      { email: "", password: ada.password },
      { email: "' OR 1=1 --", password: ada.password },
      { email: "ada@example.org\0", password: ada.password },
      { email: ada.email, password: "\0\ud800" },
      { email: `${"a".repeat(1_000_000)}@example.org`, password: ada.password },
    ];
    for (const attempt of attempts) {
      const refusal = identity.signIn(attempt);
      await expect(refusal).rejects.toThrow(SignInFailedError);
      await expect(refusal).rejects.toThrow("Wrong e-mail or password.");
    }
  });

  test("gives people who sign up the role reader", async () => {
    const signedUp = await identity.signUp({ ...ada, role: "admin" } as typeof ada);
    expect(signedUp.person).toMatchObject({ email: ada.email, role: "reader" });
    expect(await identity.personOfSession(browser(signedUp))).toEqual(signedUp.person);
  });

  test("rejects invalid names, e-mails and passwords", async () => {
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

  test("finds no owner of wrong, empty and very long tokens", async () => {
    const { id } = await identity.addUser({ ...ada, role: "reader" });
    const { token } = await identity.createToken(id, { name: "ci" });
    const wrong = ["", " ", "null", `${token} `, token.slice(0, -1), token.toLowerCase(), "palimpsest_"];
    for (const text of [...wrong, token.repeat(140), "x".repeat(10_240), `palimpsest_${"\0".repeat(64)}`])
      expect(await identity.personOfToken(text)).toBeNull();
  });

  test("finds no owner of forged and malformed cookies", async () => {
    await identity.addUser({ ...ada, role: "reader" });
    const cookie = browser(await identity.signIn(ada));
    const [value = ""] = cookie.split("=")[1]?.split(".") ?? [];
    const forged = [
      cookie.slice(0, -8),
      cookie.replace(value, "x".repeat(32)),
      `palimpsest.session_token=${value}`,
    ];
    for (const text of forged) expect(await identity.personOfSession(text)).toBeNull();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme-ascii" }), async (text) => {
        expect(await identity.personOfSession(`palimpsest.session_token=${text}`)).toBeNull();
      }),
    );
  });
});

test("identity rejects a sign-up while it is closed", async () => {
  const identity = await open({ kind: "memory" }, { signUp: "closed" });
  await expect(identity.signUp(ada)).rejects.toThrow(SignUpClosedError);
  expect(await identity.countUsers()).toBe(0);
  await identity.close();
});

test("identity sets Secure cookies if the wiki uses HTTPS", async () => {
  const identity = await open(
    { kind: "memory" },
    { secureCookies: true, baseUrl: "https://wiki.example.org" },
  );
  const signedUp = await identity.signUp(ada);
  expect(signedUp.setCookies[0]).toMatch(/^__Secure-palimpsest\.session_token=.*; Secure/);
  expect(await identity.personOfSession(browser(signedUp))).toEqual(signedUp.person);
  await identity.close();
});
