// The screens of files: forms without scripts, and uploads in a real browser.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asUser } from "@palimpsest/eventsourcing";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "./browser.ts";
import { FORM_TYPE, type FormPart, formBody } from "./fixtures/forms.ts";
import { png } from "./fixtures/images.ts";
import { type Account, openWikiServer, PASSWORD, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let editor: Account;

beforeAll(async () => {
  wiki = await openWikiServer("memory");
  editor = await wiki.account("editor", "Ada Lovelace");
});
afterAll(() => wiki?.close());

const newPage = async (title: string, body = "") => {
  const { page } = await asUser(editor.id, () => wiki.wiki.content.addPage({ title, body }));
  return page;
};
const attach = async (pageId: string, name: string, content: Buffer | string) => {
  const received = await wiki.wiki.content.receiveFile(name, Buffer.from(content as string));
  return asUser(editor.id, () => wiki.wiki.content.attachFile(pageId, received));
};

describe("the forms of a page's files", () => {
  const post = (url: string, ...parts: readonly FormPart[]) =>
    wiki.ask("POST", url, {
      as: editor,
      payload: formBody(...parts).toString("latin1"),
      headers: { "content-type": FORM_TYPE },
    });
  const file = (filename: string, content: string) => ({ name: "file", filename, content });
  const textOf = async (url: string, as: Account | undefined = editor) =>
    (await wiki.ask("GET", url, as === undefined ? {} : { as })).body;

  it("upload several files in one save, replace and remove", async () => {
    const page = await newPage("Forms", "[a](a.txt)");
    const address = `/-/page/${page.id}/files`;
    expect(await textOf(address)).toContain("This page has no files.");
    const uploaded = await post(address, file("a.txt", "1"), file("b.txt", "2"));
    expect([uploaded.statusCode, uploaded.headers.location]).toEqual([303, address]);
    const { files, version } = await wiki.wiki.content.getPageById(page.id);
    expect([version, files.map(({ name }) => name)]).toEqual([2, ["a.txt", "b.txt"]]);
    const shown = await textOf(address);
    expect(shown.match(/Not in the text/g)).toHaveLength(1);
    expect(await textOf("/forms")).toContain("Files (2)");
    expect(await textOf("/-/files?filter=unused")).toContain("b.txt");
    expect(await textOf("/-/files?filter=unused")).not.toContain(">a.txt<");

    await post(`${address}/${files[0]?.id}/replace`, file("c.txt", "3"));
    const base = /name="base" value="([^"]+)"/.exec(shown)?.[1] ?? "";
    const removed = await wiki.ask("POST", `${address}/${files[1]?.id}/remove`, {
      as: editor,
      payload: `base=${encodeURIComponent(base)}`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(removed.statusCode).toBe(303);
    const after = await wiki.wiki.content.getPageById(page.id);
    expect(after.files.map(({ name, id }) => [name, id === files[0]?.id])).toEqual([["a.txt", false]]);
    expect(await textOf("/-/files")).toContain("Only in earlier versions");
    const history = await textOf(`/-/page/${page.id}/history`);
    for (const text of ["Attached", "Replaced", "Removed", "b.txt"]) expect(history).toContain(text);
  });

  it("show why a file was not uploaded, and offer no changes to readers", async () => {
    const page = await newPage("Refusals");
    const address = `/-/page/${page.id}/files`;
    const empty = await post(address, file("", ""));
    expect(empty.statusCode).toBe(400);
    expect(empty.body).toContain("Choose a file.");
    expect((await post(address, file("a.txt", ""))).body).toContain("“a.txt” can’t be uploaded");
    const visitor = (await wiki.ask("GET", address)).body;
    expect(visitor).toContain("Only editors can change the files.");
    expect(visitor).not.toContain('<form class="form"');
  });
});

describe("files in a browser", () => {
  let browser: Browser;
  let context: BrowserContext;
  let window: Page;
  const folder = mkdtempSync(join(tmpdir(), "palimpsest-uploads-"));
  const local = (name: string, content: Buffer | string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  beforeAll(async () => {
    wiki.wiki.views.runner.start();
    const baseURL = await wiki.server.listen({ host: "127.0.0.1", port: 0 });
    browser = await launchBrowser();
    context = await browser.newContext({ baseURL });
    context.setDefaultTimeout(20_000);
    window = await context.newPage();
    await window.goto("/-/sign-in");
    await window.getByLabel("E-mail").fill(editor.email);
    await window.getByLabel("Password").fill(PASSWORD);
    await window.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await window.getByRole("link", { name: editor.name }).waitFor();
  });
  afterAll(() => browser?.close());

  const widthOf = async (url: string) => {
    await window.goto(url);
    const image = window.locator(".prose img");
    await image.scrollIntoViewIfNeeded();
    await expect
      .poll(() => image.evaluate((one: HTMLImageElement) => one.complete && one.naturalWidth))
      .toBeTruthy();
    return image.evaluate((one: HTMLImageElement) => one.naturalWidth);
  };

  it("are uploaded and replaced, and an earlier version shows the earlier image", async () => {
    const page = await newPage("Plan", "![The plan](plan.png)\n");
    await window.goto("/plan");
    await window.getByText("Missing file: plan.png").waitFor();
    await window.getByRole("link", { name: "Files" }).click();
    await window.getByLabel("Files", { exact: true }).setInputFiles(local("plan.png", png(30, 20)));
    await window.getByRole("button", { name: "Upload", exact: true }).click();
    await window.getByRole("link", { name: "plan.png" }).waitFor();
    expect(await widthOf("/plan")).toBe(30);
    await window.getByText("The plan", { exact: true }).waitFor();
    await asUser(editor.id, () => wiki.wiki.content.editPage(page.id, { title: "The plan" }));

    await window.goto(`/-/page/${page.id}/files`);
    await window.getByText("Replace", { exact: true }).first().click();
    await window.getByLabel("The file that replaces plan.png").setInputFiles(local("new.png", png(60, 10)));
    await window.getByRole("button", { name: "Replace", exact: true }).click();
    await window.getByText("File replaced.").waitFor();
    expect(await widthOf("/plan")).toBe(60);
    expect(await widthOf(`/-/page/${page.id}?version=3`)).toBe(30);
  });

  it("are inserted into the text that is being edited, and attached when it is saved", async () => {
    const page = await newPage("Insert", "Before\n");
    await window.goto("/-/edit/insert");
    await window
      .locator("[data-upload-input]")
      .setInputFiles([local("one.png", png(5, 5)), local("two.txt", "text")]);
    const text = window.getByLabel("Text", { exact: true });
    await expect.poll(() => text.inputValue()).toMatch(/!\[one\]\(\/-\/files\/.*\n\[two\]\(\/-\/files\//s);
    expect((await wiki.wiki.content.getPageById(page.id)).files).toEqual([]);
    await window.getByRole("button", { name: "Save", exact: true }).click();
    await window.waitForURL("**/insert");
    expect(await widthOf("/insert")).toBe(5);
    const { files } = await wiki.wiki.content.getPageById(page.id);
    expect(files.map(({ name }) => name)).toEqual(["one.png", "two.txt"]);
  });

  it("are uploaded when they are dropped on the page, and a cancelled upload leaves nothing", async () => {
    const page = await newPage("Drop");
    await window.goto("/drop");
    const drop = (name: string, bytes: number) =>
      window.evaluate(
        ([name, bytes]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes).fill(65)], name));
          document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
        },
        [name, bytes] as const,
      );
    await window.route("**/files", async (route) => {
      // Keeps the upload open until it is cancelled.
      if (route.request().method() === "POST") return;
      await route.continue();
    });
    await drop("slow.txt", 1_000);
    await window.getByRole("button", { name: "Cancel upload" }).click();
    await window.getByText("Upload cancelled.").waitFor();
    await window.unroute("**/files");
    await drop("dropped.txt", 1_000);
    await window.getByRole("link", { name: "dropped.txt" }).waitFor();
    expect((await wiki.wiki.content.getPageById(page.id)).files.map(({ name }) => name)).toEqual([
      "dropped.txt",
    ]);
  });

  it("never run: neither an SVG nor an HTML file", async () => {
    const script = "document.title = 'ran'; parent.ran = true; fetch('/-/ran')";
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="${script}"><script>${script}</script></svg>`;
    const page = await newPage("Hostile", '![x](a.svg)\n\n<img src="a.svg" alt="y">\n');
    await attach(page.id, "a.svg", svg);
    await attach(page.id, "b.html", `<!doctype html><title>a</title><script>${script}</script>`);
    const requests: string[] = [];
    window.on("request", (request) => requests.push(new URL(request.url()).pathname));
    await window.goto("/hostile");
    await expect
      .poll(() =>
        window
          .locator(".prose img")
          .first()
          .evaluate((one: HTMLImageElement) => one.naturalWidth),
      )
      .toBe(9);
    const { files } = await wiki.wiki.content.getPageById(page.id);
    const [svgAddress, htmlAddress] = files.map(({ id, name }) => `/-/files/${id}/${name}`) as [
      string,
      string,
    ];
    await window.goto(svgAddress);
    expect(
      await window.evaluate(() => [document.title, document.contentType]).catch(() => ["", "image/svg+xml"]),
    ).toEqual(["", "image/svg+xml"]);
    await expect(window.goto(htmlAddress)).rejects.toThrow(/Download is starting|ERR_ABORTED/);
    expect(requests).not.toContain("/-/ran");
  });
});
