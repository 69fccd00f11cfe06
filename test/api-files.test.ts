import { randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FORM_TYPE, type FormPart, formBody } from "./fixtures/forms.ts";
import { png } from "./fixtures/images.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let editor: Account;

const open = async (env: Record<string, string> = {}) => {
  wiki = await openWikiServer("SQLite", env);
  editor = await wiki.account("editor");
  await wiki.ask("POST", "/api/pages", { as: editor, payload: { title: "Bread", body: "Flour\n" } });
};

beforeEach(() => open());
afterEach(() => wiki.close());

const inject = (
  url: string,
  payload: Buffer,
  headers: Record<string, string> = {},
  as: Account | null = editor,
) =>
  wiki.server.inject({
    method: "POST",
    url,
    payload,
    headers: {
      ...(as === null ? {} : { authorization: `Bearer ${as.token}` }),
      "content-type": FORM_TYPE,
      ...headers,
    },
  });
const FILES = "/api/pages/bread/files";
const upload = (filename: string, content: Buffer | string, url = FILES, headers = {}) =>
  inject(url, formBody({ name: "file", filename, content }), headers);
const get = (url: string, headers: Record<string, string> = {}, as: Account | undefined = editor) =>
  wiki.ask("GET", url, { as, headers });
const storedNames = () =>
  readdirSync(join(wiki.wiki.config.dataDir, "files"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

describe("files of a page", () => {
  it("are uploaded, listed, read and removed", async () => {
    const image = png(3, 2);
    const answer = await upload("plan.png", image);
    expect(answer.statusCode).toBe(201);
    const file = answer.json();
    expect(file).toMatchObject({
      name: "plan.png",
      type: "image/png",
      bytes: image.length,
      width: 3,
      height: 2,
    });
    expect(file.url).toBe(`/-/files/${file.id}/plan.png`);
    expect(answer.headers["palimpsest-position"]).toBe(String(file.position));
    const page = await get("/api/pages/bread");
    expect(page.json()).toMatchObject({ version: 2, position: file.position });
    expect(page.headers.etag).toBe(answer.headers.etag);

    const list = (await get(FILES)).json();
    const { position: _, ...listed } = file;
    expect(list).toEqual({ version: 2, items: [listed] });
    expect((await get(`${FILES}?version=1`)).json()).toEqual({ version: 1, items: [] });
    expect((await get(`/api/pages/by-id/${page.json().id}/files`)).json()).toEqual(list);

    expect((await get(file.url)).rawPayload.equals(image)).toBe(true);
    const remove = (headers: Record<string, string>) =>
      wiki.ask("DELETE", `${FILES}/${file.id}`, { as: editor, headers });
    expect((await remove({})).json().code).toBe("if-match-required");
    const removed = await remove({ "if-match": String(page.headers.etag) });
    expect(removed.json()).toMatchObject({ version: 3 });
    expect((await remove({ "if-match": String(removed.headers.etag) })).json().code).toBe("file-not-found");
    expect((await get(FILES)).json().items).toEqual([]);
    expect((await get(`${FILES}?version=2`)).json().items).toEqual([listed]);
    expect((await get(file.url)).statusCode).toBe(200);
    const history = (await get("/api/pages/bread/history")).json();
    expect(history.items[0]).toMatchObject({ kind: "files-removed", files: ["plan.png"] });
  });

  it("are replaced by id and keep their name", async () => {
    const { id } = (await upload("a.png", png(1, 1))).json();
    const replaced = await upload("b.png", png(2, 2), `${FILES}?replaces=${id}`);
    expect(replaced.json()).toMatchObject({ name: "a.png", width: 2 });
    expect((await get(FILES)).json().items).toHaveLength(1);
    expect((await upload("b.png", png(3, 3), `${FILES}?replaces=${id}`)).json().code).toBe("file-not-found");
    expect((await upload("b.png", png(3, 3), `${FILES}?replaces=x`)).json().code).toBe("invalid-request");
  });

  it("are attached with an If-Match of an earlier version, and not with one of another page", async () => {
    const etag = String((await get("/api/pages/bread")).headers.etag);
    const edit = { as: editor, payload: { body: "Rye\n" }, headers: { "if-match": etag } };
    await wiki.ask("PATCH", "/api/pages/bread", edit);
    expect((await upload("a.txt", "1", FILES, { "if-match": etag })).statusCode).toBe(201);
    expect((await get("/api/pages/bread")).json()).toMatchObject({ version: 3, body: "Rye\n" });
    const other = { "if-match": `"${randomUUID()}.1"` };
    expect((await upload("a.txt", "1", FILES, other)).json().code).toBe("if-match-failed");
    expect((await upload("a.txt", "1", "/api/pages/nowhere/files")).json().code).toBe("page-not-found");
  });

  it("need the right to write, and to read", async () => {
    const reader = await wiki.account("reader");
    const body = formBody({ name: "file", filename: "a.txt", content: "1" });
    expect((await inject(FILES, body, {}, reader)).json().code).toBe("forbidden");
    expect((await inject(FILES, body, {}, null)).json().code).toBe("authentication-required");
    await wiki.close();
    await open({ PALIMPSEST_READING: "members" });
    const { url } = (await upload("a.txt", "1")).json();
    expect((await wiki.ask("GET", url)).statusCode).toBe(303);
    const answer = await get(url);
    expect(answer.headers["cache-control"]).toBe("private, max-age=31536000, immutable");
  });
});

describe("unattached files", () => {
  it("are read by their uploader only, and attached by a text that names them", async () => {
    const answer = await upload("my plan.txt", "1", "/api/files");
    expect(answer.statusCode).toBe(201);
    const { url, id } = answer.json();
    expect(url).toBe(`/-/files/${id}/my%20plan.txt`);
    expect((await get(url)).body).toBe("1");
    expect((await get(url)).headers["cache-control"]).toContain("private");
    expect((await wiki.ask("GET", url)).statusCode).toBe(404);
    expect((await get(url, {}, await wiki.account("editor"))).statusCode).toBe(404);
    const payload = { title: "Plan", body: `[Plan](${url})` };
    const page = await wiki.ask("POST", "/api/pages", { as: editor, payload });
    expect(page.json().version).toBe(2);
    expect((await get("/api/pages/plan/files")).json().items).toMatchObject([{ id, name: "my plan.txt" }]);
    expect((await wiki.ask("GET", url)).statusCode).toBe(200);
  });
});

describe("the bytes of a file", () => {
  it("are sent without a lifetime in caches if they are lost", async () => {
    const { url } = (await upload("a.txt", "0123456789")).json();
    rmSync(join(wiki.wiki.config.dataDir, "files", "sha256"), { recursive: true });
    const { statusCode, headers } = await get(url);
    expect(statusCode).toBe(500);
    expect(headers["cache-control"]).not.toContain("immutable");
    expect(headers.etag).toBeUndefined();
  });

  it("are immutable, and are sent in ranges", async () => {
    const { url, sha256 } = (await upload("a.txt", "0123456789")).json();
    const whole = await get(url);
    expect(whole.headers).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable",
      "content-type": "text/plain; charset=utf-8",
      "content-length": "10",
      "accept-ranges": "bytes",
      etag: `"${sha256}"`,
    });
    expect((await get(url, { "if-none-match": `"${sha256}"` })).statusCode).toBe(304);
    const ranges = { "bytes=2-4": "234", "bytes=7-": "789", "bytes=-2": "89", "bytes=5-99": "56789" };
    for (const [range, expected] of Object.entries(ranges)) {
      const part = await get(url, { range });
      expect([part.statusCode, part.body, part.headers["content-length"]]).toEqual([
        206,
        expected,
        String(expected.length),
      ]);
    }
    expect((await get(url, { range: "bytes=2-4" })).headers["content-range"]).toBe("bytes 2-4/10");
    expect((await get(url, { range: "bytes=0-1,3-4" })).statusCode).toBe(200);
    expect((await get(url, { range: "bytes=2-4", "if-range": '"other"' })).statusCode).toBe(200);
    const outside = await get(url, { range: "bytes=10-" });
    expect(outside.statusCode).toBe(416);
    expect(outside.headers["cache-control"]).not.toContain("immutable");
    const head = await wiki.ask("HEAD", url, { as: editor });
    expect([head.statusCode, head.headers["content-length"], head.body]).toEqual([200, "10", ""]);
    expect((await get(`/-/files/${randomUUID()}/a.txt`)).statusCode).toBe(404);
    expect((await get("/-/files/x/a.txt")).statusCode).toBe(404);
  });

  it("cannot run in a browser, whatever their name says", async () => {
    const script =
      '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"><script>alert(1)</script></svg>';
    const cases = [
      ["a.svg", script, "image/svg+xml", "inline"],
      ["a.png", script, "image/svg+xml", "inline"],
      ["a.html", "<!doctype html><script>alert(1)</script>", "text/html; charset=utf-8", "attachment"],
      ["a.png", "<html><script>alert(1)</script></html>", "text/html; charset=utf-8", "attachment"],
      ["a.js", "alert(1)", "text/javascript; charset=utf-8", "attachment"],
      ["a.pdf", "%PDF-1.7", "application/pdf", "attachment"],
      ["a.xml", '<?xml version="1.0"?><x/>', "application/xml", "attachment"],
      ["a.png", png(1, 1), "image/png", "inline"],
    ] as const;
    for (const [name, content, type, disposition] of cases) {
      const { headers } = await get((await upload(name, content)).json().url);
      expect([headers["content-type"], String(headers["content-disposition"]).split(";")[0]]).toEqual([
        type,
        disposition,
      ]);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["content-security-policy"]).toBe(
        "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      );
    }
    const named = (await upload('naïve; "x".txt'.replaceAll('"', "%22"), "1")).json();
    const { headers } = await get(named.url);
    expect(headers["content-disposition"]).toMatch(
      /^inline; filename="[ -~]+"; filename\*=UTF-8''na%C3%AFve%3B/,
    );
  });

  it("that are lost are an error, and the page is still read", async () => {
    const { url, sha256 } = (await upload("a.txt", "1")).json();
    const { rmSync } = await import("node:fs");
    rmSync(join(wiki.wiki.config.dataDir, "files", "sha256", sha256.slice(0, 2), sha256));
    expect((await get(url)).statusCode).toBe(500);
    expect((await get(FILES)).json().items).toHaveLength(1);
  });
});

describe("an upload", () => {
  const codeOf = async (...parts: readonly FormPart[]) =>
    (await inject(FILES, formBody(...parts))).json().code;

  it("is refused without one valid file, and leaves nothing", async () => {
    const file = { name: "file", filename: "a.txt", content: "1" };
    expect(await codeOf()).toBe("invalid-file");
    expect(await codeOf({ name: "file", content: "1" })).toBe("invalid-file");
    expect(await codeOf({ ...file, content: "" })).toBe("invalid-file");
    expect(await codeOf({ ...file, name: "other" })).toBe("invalid-request");
    expect(await codeOf(file, file)).toBe("malformed-body");
    expect(await codeOf(file, { name: "note", content: "x".repeat(10_000) })).toBe("limit-exceeded");
    expect(
      await codeOf(...Array.from({ length: 20 }, (_, index) => ({ name: `f${index}`, content: "" })), file),
    ).toBe("malformed-body");
    expect(await codeOf({ name: "__proto__", content: "x" }, file)).toBe("malformed-body");
    expect((await inject(FILES, Buffer.from("nonsense"))).json().code).toBe("malformed-body");
    const cut = formBody(file);
    expect((await inject(FILES, cut.subarray(0, cut.length - 20))).json().code).toBe("malformed-body");
    expect((await inject(FILES, formBody(file), { "content-type": "multipart/form-data" })).json().code).toBe(
      "malformed-body",
    );
    expect((await inject(FILES, Buffer.from("{}"), { "content-type": "application/json" })).json().code).toBe(
      "unsupported-media-type",
    );
    expect(storedNames().filter((name) => !name.includes("6b86b273"))).toEqual([]);
    expect((await get(FILES)).json()).toEqual({ version: 1, items: [] });
  });

  it("takes the last segment of a path as the name", async () => {
    for (const filename of ["../../etc/a.txt", "C:\\fakepath\\a.txt", "/a.txt"])
      expect((await upload(filename, filename)).json().name).toMatch(/^a(-\d)?\.txt$/);
  });

  it("is limited in size and type", async () => {
    await wiki.close();
    await open({ PALIMPSEST_MAX_FILE_MB: "1", PALIMPSEST_FILE_TYPES: "image/*,text/plain" });
    const large = Buffer.alloc(1024 * 1024 + 1, "a");
    expect((await upload("a.txt", large)).json()).toMatchObject({ code: "limit-exceeded", status: 413 });
    expect((await upload("a.txt", Buffer.alloc(1024 * 1024, "a"))).statusCode).toBe(201);
    const refused = (await upload("a.png", "%PDF-1.7")).json();
    expect(refused).toMatchObject({ code: "file-type-refused", status: 415, fileType: "application/pdf" });
    expect(storedNames()).toHaveLength(1);
  });

  it("that the client aborts, or whose length is wrong, leaves nothing", async () => {
    await wiki.server.listen({ port: 0, host: "127.0.0.1" });
    const { port } = wiki.server.server.address() as AddressInfo;
    const body = formBody({ name: "file", filename: "a.txt", content: "x".repeat(200_000) });
    const send = (length: number, part: Buffer, end: boolean) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => {
          socket.write(
            `POST ${FILES} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${editor.token}\r\n` +
              `content-type: ${FORM_TYPE}\r\ncontent-length: ${length}\r\n\r\n`,
          );
          socket.write(part, () => end && socket.end());
        });
        let answer = "";
        socket.on("data", (data) => {
          answer += data;
          socket.destroy();
        });
        socket.on("error", () => {});
        socket.on("close", () => resolve(answer));
      });
    await send(body.length + 100, body.subarray(0, 100_000), true);
    await send(body.length + 100, body, true);
    expect(await send(100_000, body.subarray(0, 100_000), false)).toContain("400 Bad Request");
    await expect.poll(storedNames).toEqual([]);
    expect((await get(FILES)).json().items).toEqual([]);
    expect(await send(body.length, body, false)).toContain("201 Created");
  });

  it("runs beside 200 others", async () => {
    const texts = Array.from({ length: 200 }, (_, index) => `text ${index % 50}`);
    const answers = await Promise.all(texts.map((text, index) => upload(`${index}.txt`, text)));
    expect(answers.filter(({ statusCode }) => statusCode !== 201)).toEqual([]);
    const { items } = (await get(FILES)).json();
    expect(items).toHaveLength(200);
    expect(new Set(storedNames()).size).toBe(50);
    const contents = await Promise.all(
      items.slice(0, 20).map(async ({ url }: { url: string }) => (await get(url)).body),
    );
    expect(contents).toEqual(
      items.slice(0, 20).map(({ name }: { name: string }) => texts[Number.parseInt(name, 10)]),
    );
  });
});
