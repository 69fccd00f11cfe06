import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { onEachAccountDatabase } from "../../../../test/account-databases.ts";
import { ada, browser, grace, open } from "../../../../test/accounts.ts";
import type { Database } from "../config.ts";
import { EmailTakenError, InvitationInvalidError } from "./errors.ts";
import type { Identity } from "./identity.ts";

onEachAccountDatabase("invitations", (databases) => {
  let database: Database;
  let identity: Identity;
  let createdBy: string;
  beforeAll(async () => {
    database = await databases.make();
    identity = await open(database);
  });
  beforeEach(async () => {
    createdBy = (await identity.addUser({ ...ada, role: "admin" })).id;
  });
  afterEach(async () => {
    vi.useRealTimers();
    await databases.clear(database);
  });
  afterAll(() => identity.close());

  const invite = () => identity.createInvitation({ role: "editor", createdBy });

  test("create an account with their role, once", async () => {
    const { secret, expiresAt } = await invite();
    expect(await identity.findInvitation(secret)).toEqual({ role: "editor", expiresAt });
    const accepted = await identity.acceptInvitation({ ...grace, secret });
    expect(accepted.person).toMatchObject({ name: grace.name, role: "editor" });
    expect(await identity.personOfSession(browser(accepted))).toEqual(accepted.person);
    expect(await identity.findInvitation(secret)).toBeNull();
    const again = { ...grace, email: "other@example.org", secret };
    await expect(identity.acceptInvitation(again)).rejects.toThrow(InvitationInvalidError);
    expect(await identity.countUsers()).toBe(2);
  });

  test("remain valid if the account is refused", async () => {
    const { secret } = await invite();
    await expect(identity.acceptInvitation({ ...ada, secret })).rejects.toThrow(EmailTakenError);
    expect(await identity.findInvitation(secret)).not.toBeNull();
  });

  test("are accepted by one of several people at the same time", async () => {
    const { secret } = await invite();
    const people = [1, 2, 3].map((n) => ({ ...grace, email: `${n}@example.org`, secret }));
    const results = await Promise.allSettled(people.map((person) => identity.acceptInvitation(person)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await identity.countUsers()).toBe(2);
  });

  test("expire after seven days", async () => {
    const { secret, expiresAt } = await invite();
    vi.useFakeTimers({ toFake: ["Date"], now: expiresAt.getTime() - 1_000 });
    expect(await identity.findInvitation(secret)).not.toBeNull();
    vi.setSystemTime(expiresAt);
    expect(await identity.findInvitation(secret)).toBeNull();
    await expect(identity.acceptInvitation({ ...grace, secret })).rejects.toThrow(InvitationInvalidError);
  });

  test.each(["", "unknown", "\0", "x".repeat(100_000)])("are not found by another text", async (secret) => {
    await invite();
    expect(await identity.findInvitation(secret)).toBeNull();
  });
});

onEachAccountDatabase("settings", (databases) => {
  test("of the wiki are noticed by every process, and outlive a restart", async () => {
    const database = await databases.make();
    const [one, other] = [await open(database), await open(database)];
    expect([await one.wikiName(), await other.setupStep(), await one.hasAccounts()]).toEqual([
      null,
      null,
      false,
    ]);
    await one.nameWiki("  Team handbook ");
    expect(await one.wikiName()).toBe("Team handbook");
    await expect.poll(() => other.wikiName(), { timeout: 5_000 }).toBe("Team handbook");
    const token = (await one.firstAdministratorToken()) ?? "";
    await one.createFirstAdministrator({ ...ada, token });
    expect([await one.setupStep(), await one.hasAccounts()]).toEqual(["name", true]);
    await one.completeSetupStep("pages");
    expect(await one.setupStep()).toBe("name");
    await one.completeSetupStep("name");
    await Promise.all([one.close(), other.close()]);
    const later = await open(database);
    expect([await later.wikiName(), await later.setupStep()]).toEqual(["Team handbook", "pages"]);
    await later.completeSetupStep("pages");
    await later.completeSetupStep("people");
    expect(await later.setupStep()).toBeNull();
    await later.close();
  });
});
