// A process that holds SQLite's write lock is stopped. Writes of others are refused soon; reads go on.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Account, openWikiServer, PASSWORD, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let editor: Account;
let cookie: string;
let holder: ChildProcess;

beforeEach(async () => {
  wiki = await openWikiServer("SQLite", { PALIMPSEST_SIGN_INS_PER_MINUTE: "1000" });
  editor = await wiki.account("editor");
  await wiki.ask("POST", "/api/pages", { as: editor, payload: { title: "Bread", body: "Flour" } });
  const signedIn = await signIn();
  cookie = signedIn.cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join("; ");
  holder = await holdLock();
});
afterEach(async () => {
  holder.kill("SIGKILL");
  await wiki.close();
});

/** Starts a process that takes the write lock, and stops the process. */
async function holdLock(): Promise<ChildProcess> {
  const { database } = wiki.wiki.config;
  const path = database.kind === "sqlite" ? database.path : "";
  const program = `
    const db = new (require("better-sqlite3"))(${JSON.stringify(path)});
    db.exec("BEGIN IMMEDIATE");
    console.log("locked");
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ["-e", program], { cwd: join(import.meta.dirname, "..") });
  await once(child.stdout, "data");
  child.kill("SIGSTOP");
  return child;
}

const form = (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  wiki.ask("POST", url, {
    payload: new URLSearchParams(fields).toString(),
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "sec-fetch-site": "same-origin",
      ...headers,
    },
  });

const signIn = () => form("/-/sign-in", { email: editor.email, password: PASSWORD });

it("writes are refused with Retry-After while reads of signed-in people and visitors go on", async () => {
  const page = (await wiki.ask("GET", "/api/pages/bread")).json();
  const ifMatch = { "if-match": `"${page.id}.${page.version}"` };
  const draft = { title: "Bread", body: "Water", baseVersion: page.version };
  const writes = [
    signIn(),
    form("/-/sign-out", {}, { cookie }),
    form("/-/account/tokens", { name: "ci" }, { cookie }),
    form("/-/edit/bread", { base: `${page.id}.${page.version}`, title: "Bread", body: "Water" }, { cookie }),
    wiki.ask("PATCH", "/api/pages/bread", { as: editor, payload: { body: "Water" }, headers: ifMatch }),
    wiki.ask("POST", "/api/pages", { as: editor, payload: { title: "Cake" } }),
    wiki.ask("PUT", `/api/pages/by-id/${page.id}/draft`, { as: editor, payload: draft }),
  ];
  let pending = writes.length;
  for (const write of writes) write.then(() => (pending -= 1));

  let reads = 0;
  while (pending > 0) {
    const [visitor, person, program] = await Promise.all([
      wiki.ask("GET", "/bread"),
      wiki.ask("GET", "/-/account", { headers: { cookie } }),
      wiki.ask("GET", "/api/pages/bread", { as: editor }),
    ]);
    expect([visitor.statusCode, person.statusCode, program.statusCode]).toEqual([200, 200, 200]);
    reads += 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(reads).toBeGreaterThan(10);

  for (const answer of await Promise.all(writes)) {
    expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([503, "5"]);
  }
  expect((await wiki.ask("GET", "/-/account", { headers: { cookie } })).statusCode).toBe(200);

  holder.kill("SIGKILL");
  await once(holder, "exit");
  expect((await signIn()).statusCode).toBe(303);
  expect((await form("/-/sign-out", {}, { cookie })).statusCode).toBe(303);
  expect((await wiki.ask("GET", "/-/account", { headers: { cookie } })).statusCode).toBe(303);
  const edited = { as: editor, payload: { body: "Water" }, headers: ifMatch };
  expect((await wiki.ask("PATCH", "/api/pages/bread", edited)).statusCode).toBe(200);
});
