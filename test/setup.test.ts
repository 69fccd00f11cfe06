// The set-up of a new wiki, without a browser: who may set it up, and what is stored.
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { buffer } from "node:stream/consumers";
import { asUser } from "@palimpsest/eventsourcing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

const ADA = { name: "Ada Lovelace", email: "ada@example.org", password: "analytical engine" };
const FIRST = "/-/first-administrator";
const LOCAL = "localhost:3000";
const PUBLIC = "wiki.example.org";

let wiki: WikiServer;
let before: ReadonlySet<string>;
beforeEach(async () => {
  before = new Set(await readdir(tmpdir()));
  wiki = await openWikiServer("memory", { PALIMPSEST_SIGN_INS_PER_MINUTE: "1000" });
});
afterEach(() => wiki.close());

const BOUNDARY = "----setup-test";

async function payloadOf(fields: Record<string, string> | Blob): Promise<string | Buffer> {
  return fields instanceof Blob
    ? Buffer.from(await fields.arrayBuffer())
    : new URLSearchParams(fields).toString();
}

/** Returns the body of the form of the pages, which sends files as a browser does for a folder. */
function upload(
  files: Readonly<Record<string, string | Uint8Array>>,
  fields: Record<string, string> = {},
): Blob {
  const parts = Object.entries({ from: "import", ...fields }).flatMap(([name, value]) => [
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  ]);
  const sent = Object.entries(files).flatMap(([path, content]) => [
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="folder"; filename="${path}"\r\n` +
      "content-type: application/octet-stream\r\n\r\n",
    new Uint8Array(Buffer.from(content)),
    "\r\n",
  ]);
  return new Blob([...parts, ...sent, `--${BOUNDARY}--\r\n`]);
}

async function zipped(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), path);
  zip.end();
  return buffer(zip.outputStream);
}

/** A browser that keeps its cookies. */
class Window {
  readonly #wiki: WikiServer;
  readonly #host: string;
  readonly #cookies = new Map<string, string>();

  constructor(wiki: WikiServer, host = LOCAL) {
    this.#wiki = wiki;
    this.#host = host;
  }

  async send(method: "GET" | "HEAD" | "POST", url: string, fields?: Record<string, string> | Blob) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await this.#wiki.server.inject({
      ...{ method, url },
      headers: {
        ...{ host: this.#host, cookie, "sec-fetch-site": "same-origin" },
        "content-type":
          fields instanceof Blob
            ? `multipart/form-data; boundary=${BOUNDARY}`
            : "application/x-www-form-urlencoded",
      },
      ...(fields === undefined ? {} : { payload: await payloadOf(fields) }),
    });
    for (const { name, value } of answer.cookies) this.#cookies.set(name, value);
    const { statusCode: status, headers, body } = answer;
    const text = body.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");
    return { status, location: headers.location, headers, body, text };
  }

  get(url: string) {
    return this.send("GET", url);
  }

  post(url: string, fields: Record<string, string> | Blob = {}) {
    return this.send("POST", url, fields);
  }
}

const temporaryFolders = async () =>
  (await readdir(tmpdir())).filter((name) => name.startsWith("palimpsest-import-") && !before.has(name));

const token = async () => (await wiki.wiki.identity.firstAdministratorToken()) ?? "";

/** Creates the first administrator, and returns their window. */
async function administrator(): Promise<Window> {
  const window = new Window(wiki);
  expect((await window.post(FIRST, ADA)).location).toBe("/-/setup");
  return window;
}

describe("a new wiki", () => {
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

  it("has pages that everybody reads after an import, and then only signing in leads to the set-up", async () => {
    await asUser(SYSTEM, () => wiki.wiki.content.addPage({ title: "Imported" }));
    expect((await wiki.ask("GET", "/imported")).statusCode).toBe(200);
    expect((await new Window(wiki).get("/-/sign-in")).location).toBe("/-/setup");
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

  describe("import", () => {
    const pages = "/-/setup/pages";
    const TREE = { "guide/intro.md": "# Intro\n\nSee [setup](setup.md).\n", "guide/setup.md": "# Setup\n" };
    const slugs = async () =>
      (await wiki.ask("GET", "/api/pages")).json().items.map(({ slug }: { slug: string }) => slug);

    it("a folder, whose links between files lead to pages", async () => {
      const window = await administrator();
      const answer = await window.post(pages, upload(TREE));
      expect(answer.status).toBe(200);
      expect(answer.text).toContain("2 pages imported.");
      expect(await slugs()).toEqual(["intro", "setup"]);
      const { body } = await new Window(wiki).get("/intro");
      expect(body).toContain('<a href="/setup">setup</a>');
      expect(body).toContain("by <bdi>Ada Lovelace</bdi>");
      expect((await window.get("/-/setup")).body).toMatch(/<details name="setup" open>[\s\S]*?Invite people/);
    });

    it("a ZIP archive, and the corrected archive again", async () => {
      const window = await administrator();
      const first = await zipped(TREE);
      expect((await window.post(pages, upload({ "guide.zip": first }))).text).toContain("2 pages imported.");
      const second = await zipped({ ...TREE, "guide/setup.md": "# Setup\n\nChanged.\n" });
      expect((await window.post(pages, upload({ "guide.zip": second }))).text).toContain("2 pages imported.");
      expect((await wiki.ask("GET", "/api/pages/setup")).json()).toMatchObject({ version: 2 });
      expect(await slugs()).toHaveLength(2);
    });

    it.each([
      ["no files", {}, strings.setup.noFiles],
      ["no Markdown", { "a/b.png": "x" }, strings.setup.notImportable],
      ["a damaged archive", { "a.zip": "x" }, strings.setup.notImportable],
      ["an archive beside other files", { "a.zip": "x", "b.md": "x" }, strings.setup.notImportable],
      ["a path that leads out of the folder", { "a/../../b.md": "x" }, strings.setup.notImportable],
      ["an absolute path", { "/etc/b.md": "x" }, strings.setup.notImportable],
      ["a file within a file", { "a/b.md": "x", "a/b.md/c.md": "x" }, strings.setup.notImportable],
      ["two files with the same path", { "a/x.md": "x", "a//x.md": "y" }, strings.setup.notImportable],
    ])("nothing from a form with %s", async (_, files, words) => {
      const window = await administrator();
      const answer = await window.post(pages, upload(files));
      expect([answer.status, answer.text.includes(words)]).toEqual([422, true]);
      expect(await wiki.wiki.content.position()).toBe(0);
      await expect.poll(temporaryFolders).toEqual([]);
    });

    it("nothing if two files would have the same address, or a page has it", async () => {
      const window = await administrator();
      const answer = await window.post(
        pages,
        upload({ "a/One two.md": "1", "a/one-two.md": "2", "a/b.md": "3" }),
      );
      expect(answer.status).toBe(422);
      expect(answer.text).toMatch(/One two\.md and one-two\.md would have the same address, \/one-two/);
      expect(await slugs()).toEqual([]);
      await window.post(pages, upload({ "a/b.md": "3" }));
      const taken = await window.post(pages, upload({ "other/b.md": "Other.", "other/c.md": "c" }));
      expect(taken.text).toMatch(/b\.md would have the address \/b , which another page has/);
      expect(await slugs()).toEqual(["b"]);
    });

    it("nothing if a file cannot be imported, unless such files are skipped", async () => {
      const window = await administrator();
      const tree = { ...TREE, "guide/bad.md": new Uint8Array([0xff, 0xfe, 0x41]) };
      const refused = await window.post(pages, upload(tree));
      expect([refused.status, refused.text.includes("bad.md")]).toEqual([422, true]);
      expect(refused.text).toContain(strings.setup.skipFailed);
      expect(await slugs()).toEqual([]);
      const skipped = await window.post(pages, upload(tree, { skip: "yes" }));
      expect(skipped.text).toMatch(/2 pages imported\. .*bad\.md/);
      expect(await slugs()).toEqual(["intro", "setup"]);
    });
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
