// The set-up of a new wiki, without a browser: who may do it, and what is stored.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

const ADA = { name: "Ada Lovelace", email: "ada@example.org", password: "analytical engine" };
const FIRST = "/-/first-administrator";
const LOCAL = "localhost:3000";
const PUBLIC = "wiki.example.org";

let wiki: WikiServer;
beforeEach(async () => {
  wiki = await openWikiServer("memory", { PALIMPSEST_SIGN_INS_PER_MINUTE: "1000" });
});
afterEach(() => wiki.close());

/** A browser that keeps its cookies. */
class Window {
  readonly #wiki: WikiServer;
  readonly #host: string;
  readonly #cookies = new Map<string, string>();

  constructor(wiki: WikiServer, host = LOCAL) {
    this.#wiki = wiki;
    this.#host = host;
  }

  async send(method: "GET" | "HEAD" | "POST", url: string, fields?: Record<string, string>) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await this.#wiki.server.inject({
      ...{ method, url },
      headers: {
        ...{ host: this.#host, cookie, "sec-fetch-site": "same-origin" },
        "content-type": "application/x-www-form-urlencoded",
      },
      ...(fields === undefined ? {} : { payload: new URLSearchParams(fields).toString() }),
    });
    for (const { name, value } of answer.cookies) this.#cookies.set(name, value);
    const { statusCode: status, headers, body } = answer;
    const text = body.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");
    return { status, location: headers.location, headers, body, text };
  }

  get(url: string) {
    return this.send("GET", url);
  }

  post(url: string, fields: Record<string, string> = {}) {
    return this.send("POST", url, fields);
  }
}

const token = async () => (await wiki.wiki.identity.firstAdministratorToken()) ?? "";

/** Creates the first administrator, and returns their window. */
async function administrator(): Promise<Window> {
  const window = new Window(wiki);
  expect((await window.post(FIRST, ADA)).location).toBe("/-/setup");
  return window;
}

describe("a wiki without accounts", () => {
  it.each([
    ["GET", "/"],
    ["HEAD", "/"],
    ["GET", "/some/page"],
    ["GET", "/-/changes"],
    ["GET", "/-/nonsense"],
    ["GET", "/-/sign-in"],
    ["GET", "/-/at/2026-03-03/page"],
    ["POST", "/-/new"],
    ["POST", "/-/sign-in"],
  ] as const)("leads %s %s to the set-up", async (method, url) => {
    const answer = await new Window(wiki, PUBLIC).send(method, url);
    expect([answer.status, answer.location]).toEqual([303, "/-/setup"]);
  });

  it("refuses requests to the API, and says why", async () => {
    for (const url of ["/api/pages", "/api/nonsense"]) {
      const answer = await wiki.ask("GET", url);
      expect([answer.statusCode, answer.json().code]).toEqual([503, "setup-required"]);
      expect(answer.headers["retry-after"]).toBeDefined();
    }
    const created = await wiki.ask("POST", "/api/pages", { payload: { title: "x" } });
    expect(created.json().code).toBe("setup-required");
    expect(await wiki.wiki.content.position()).toBe(0);
  });

  it.each(["/healthz", "/favicon.ico", "/robots.txt", "/api/openapi.json"])("responds to %s", async (url) => {
    expect((await wiki.ask("GET", url)).statusCode).toBe(200);
  });

  it("serves everybody after an account was created", async () => {
    await wiki.account("editor");
    expect((await wiki.ask("GET", "/")).statusCode).toBe(200);
    expect((await wiki.ask("GET", "/api/pages")).statusCode).toBe(200);
  });
});

describe("creating the first administrator", () => {
  it("needs no token on the machine of the server", async () => {
    const shown = await new Window(wiki).get("/-/setup");
    expect(shown.body).not.toContain('name="token"');
    await administrator();
    expect(await wiki.wiki.identity.findPersonByEmail(ADA.email)).toMatchObject({ role: "admin" });
  });

  it("needs the token from anywhere else", async () => {
    const window = new Window(wiki, PUBLIC);
    expect((await window.get("/-/setup")).body).toContain('name="token"');
    for (const wrong of ["", "guess", `${await token()}x`]) {
      const answer = await window.post(FIRST, { ...ADA, token: wrong });
      expect(answer.status).toBe(403);
      expect(answer.text).toContain(strings.setup.tokenHint);
      expect(answer.body).toContain(ADA.email);
      expect(answer.body).not.toContain(ADA.password);
    }
    expect(await wiki.wiki.identity.countUsers()).toBe(0);
    const link = `https://${PUBLIC}${FIRST}?token=${await token()}`;
    expect((await window.post(FIRST, { ...ADA, token: link })).location).toBe("/-/setup");
  });

  it("accepts the link of the log, and says if it is wrong", async () => {
    const window = new Window(wiki, PUBLIC);
    const opened = await window.get(`${FIRST}?token=${await token()}`);
    expect(opened.status).toBe(200);
    expect(opened.body).toContain(`type="hidden" name="token" value="${await token()}"`);
    const wrong = await window.get(`${FIRST}?token=wrong`);
    expect(wrong.status).toBe(403);
    expect(wrong.text).toContain(strings.setup.tokenWrong);
  });

  it("shows the fields again if one is invalid", async () => {
    const answer = await new Window(wiki).post(FIRST, { ...ADA, email: "ada", password: "short" });
    expect(answer.status).toBe(422);
    expect(answer.body).toContain(ADA.name);
    expect(await wiki.wiki.identity.countUsers()).toBe(0);
  });

  it("succeeds in one of two windows, and tells the other that the wiki is set up", async () => {
    const [one, other] = [new Window(wiki), new Window(wiki)];
    const answers = await Promise.all([
      one.post(FIRST, ADA),
      other.post(FIRST, { ...ADA, email: "grace@example.org" }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 403]);
    expect(answers.find(({ status }) => status === 403)?.text).toContain(strings.setup.alreadySetUp);
    expect(await wiki.wiki.identity.countUsers()).toBe(1);
  });

  it("is over once an administrator exists", async () => {
    const link = `${FIRST}?token=${await token()}`;
    await administrator();
    const stranger = new Window(wiki, PUBLIC);
    for (const url of [link, "/-/setup"]) {
      const answer = await stranger.get(url);
      expect(answer.status).toBe(403);
      expect(answer.body).toContain("/-/sign-in?return=%2F-%2Fsetup");
    }
    expect((await stranger.post(FIRST, { ...ADA, token: "x" })).status).toBe(403);
  });

  it("is possible in a wiki that has other accounts", async () => {
    await wiki.account("editor");
    await administrator();
  });
});

describe("the steps of the set-up", () => {
  const steps = ["/-/setup/name", "/-/setup/pages", "/-/setup/people", "/-/setup/finish"];

  it("are for administrators", async () => {
    const editor = await wiki.account("editor");
    for (const url of steps) {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      expect((await wiki.ask("POST", url, { as: editor, payload: "a=b", headers })).statusCode).toBe(403);
      expect((await new Window(wiki).post(url)).location).toContain("/-/sign-in");
    }
    expect((await wiki.ask("GET", "/-/setup", { as: editor })).statusCode).toBe(200);
    await administrator();
    expect((await wiki.ask("GET", "/-/setup", { as: editor })).statusCode).toBe(403);
  });

  it("continue where they were left", async () => {
    const window = await administrator();
    const open = async () =>
      /<details name="setup" open>[\s\S]*?<h2>([^<]+)/.exec((await window.get("/-/setup")).body)?.[1];
    expect(await open()).toBe(strings.setup.name);
    expect((await window.get("/")).text).toContain(strings.setup.continueSetup);
    await window.post("/-/setup/name", { name: "Team handbook" });
    expect(await open()).toBe(strings.setup.pages);
    await window.post("/-/setup/pages", { from: "nothing" });
    expect(await open()).toBe(strings.setup.people);
    expect((await window.post("/-/setup/finish")).location).toBe("/");
    expect(await open()).toBeUndefined();
    expect((await window.get("/")).text).not.toContain(strings.setup.continueSetup);
    expect((await window.get("/-/account")).body).toContain('href="/-/setup"');
  });

  it("name the wiki in the title and at the top of every screen, also of cached ones", async () => {
    const window = await administrator();
    await window.post("/-/setup/pages", { from: "welcome" });
    const stranger = new Window(wiki);
    expect((await stranger.get("/")).body).toContain("· Palimpsest</title>");
    expect((await stranger.get("/")).body).toContain("· Palimpsest</title>");
    for (const name of ["", "  ", "x".repeat(61), "a\nb"]) {
      const refused = await window.post("/-/setup/name", { name });
      expect([refused.status, refused.text.includes(strings.setup.nameInvalid)]).toEqual([422, true]);
    }
    await window.post("/-/setup/name", { name: " Team <handbook> " });
    const { body } = await stranger.get("/");
    expect(body).toContain("· Team &lt;handbook></title>");
    expect(body).toMatch(/<a class="wordmark"[^>]*>Team &lt;handbook></);
    expect((await stranger.get("/-/changes")).body).toContain("Team &lt;handbook></title>");
  });

  it("add a welcome page once, as the administrator", async () => {
    const window = await administrator();
    await window.post("/-/setup/name", { name: "Team handbook" });
    expect((await window.post("/-/setup/pages", { from: "else" })).status).toBe(422);
    await Promise.all([1, 2].map(() => window.post("/-/setup/pages", { from: "welcome" })));
    const home = await new Window(wiki).get("/");
    expect(home.text).toContain("Welcome to Team handbook");
    expect(home.text).toContain("by Ada Lovelace");
    expect(home.body).toMatch(/<table[\s\S]*<strong>bold<\/strong>[\s\S]*class="wanted"/);
    expect((await wiki.ask("GET", "/api/pages")).json().items).toHaveLength(1);
  });

  it("invite a person by a link that works once", async () => {
    const window = await administrator();
    const { body, headers } = await window.post("/-/setup/people", { role: "editor" });
    expect(headers["cache-control"]).toBe("no-store");
    const link = /<code class="secret">http:\/\/localhost:3000(\/-\/invitation\/[\w-]{32})</.exec(body)?.[1];
    expect((await window.get("/-/setup?step=people")).body).not.toContain("/-/invitation/");
    expect((await window.get(String(link))).text).toContain("You are signed in as");
    const guest = new Window(wiki, PUBLIC);
    const grace = { name: "Grace", email: "grace@example.org", password: "nanoseconds" };
    expect((await guest.get(String(link))).text).toContain(strings.identity.roles.editor);
    expect((await guest.post(String(link), { ...grace, password: "x" })).status).toBe(422);
    expect((await guest.post(String(link), grace)).location).toBe("/");
    expect((await guest.get("/-/account")).text).toContain(strings.identity.roles.editor);
    const again = await new Window(wiki, PUBLIC).post(String(link), { ...grace, email: "b@example.org" });
    expect(again.status).toBe(403);
    expect(again.text).toContain(strings.identity.invitationInvalid);
    expect(await wiki.wiki.identity.countUsers()).toBe(2);
  });
});

it("a configured name overrides the chosen one", async () => {
  const configured = await openWikiServer("memory", { PALIMPSEST_WIKI_NAME: "Ops" });
  const window = new Window(configured);
  expect((await window.get("/-/setup")).body).toContain("· Ops</title>");
  await window.post(FIRST, ADA);
  expect((await window.get("/-/setup")).body).not.toContain("-field-name");
  expect((await window.post("/-/setup/name")).location).toContain("step=pages");
  expect((await window.get("/")).body).toContain("· Ops</title>");
  await configured.close();
});
