import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROBLEMS } from "../packages/wiki/src/http/errors.ts";
import { FORM_TYPE, formBody } from "./fixtures/forms.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

type Json = Record<string, unknown>;

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema?: Json;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, { schema: Json }>> }
    >
  >;
}

interface Description {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

let wiki: WikiServer;
let admin: Account;
let description: Description;
const registered: string[] = [];

beforeAll(async () => {
  wiki = await openWikiServer();
  wiki.wiki.views.runner.start();
  admin = await wiki.account("admin");
  description = (await wiki.ask("GET", "/api/openapi.json")).json();
  // Each line is a node of a tree: "└── api/pages (GET, HEAD, POST)".
  const stack: string[] = [];
  for (const line of wiki.server.printRoutes({ commonPrefix: false }).split("\n")) {
    const [, indent = "", path, methods] = /^([│ ]*)[├└]── (\S*) \(([A-Z, ]+)\)$/.exec(line) ?? [];
    if (path === undefined || methods === undefined) continue;
    stack.length = indent.length / 4;
    stack.push(path);
    for (const method of methods.split(", ")) registered.push(`${method} ${stack.join("")}`);
  }
});
afterAll(() => wiki.close());

const operations = () =>
  Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

/** Returns the violations of a JSON Schema, for the keywords that the API uses. */
function violations(value: unknown, schema: Json, at = "answer"): string[] {
  const { $ref, anyOf, type, properties, required, items, additionalProperties, pattern, minimum } = schema;
  const known = {
    exclusiveMinimum: schema.exclusiveMinimum,
    maximum: schema.maximum,
    constant: schema.const,
  };
  const { exclusiveMinimum, maximum, constant } = known;
  if (typeof $ref === "string") {
    const name = $ref.replace("#/components/schemas/", "");
    const target = description.components.schemas[name];
    return target === undefined ? [`${at}: ${$ref} is not described`] : violations(value, target, at);
  }
  if (Array.isArray(anyOf)) {
    const tries = anyOf.map((one: Json) => violations(value, one, at));
    return tries.some((one) => one.length === 0) ? [] : tries.flat();
  }
  if (constant !== undefined && value !== constant) return [`${at} is not ${constant}`];
  if (typeof type === "string" && !isOfType(value, type)) return [`${at} is no ${type}`];
  if (typeof value === "string" && typeof pattern === "string" && !new RegExp(pattern).test(value)) {
    return [`${at} does not match ${pattern}`];
  }
  if (typeof value === "number") {
    const fits =
      value >= Number(minimum ?? -Infinity) &&
      value > Number(exclusiveMinimum ?? -Infinity) &&
      value <= Number(maximum ?? Infinity);
    return fits ? [] : [`${at} is out of its range`];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => violations(item, (items ?? {}) as Json, `${at}[${index}]`));
  }
  if (typeof value !== "object" || value === null) return [];
  const missing = ((required ?? []) as string[]).filter((name) => !(name in value));
  return [
    ...missing.map((name) => `${at} has no ${name}`),
    ...Object.entries(value).flatMap(([name, inner]) => {
      const described = ((properties ?? {}) as Record<string, Json>)[name];
      if (described !== undefined) return violations(inner, described, `${at}.${name}`);
      return additionalProperties === false ? [`${at}.${name} is not described`] : [];
    }),
  ];
}

function isOfType(value: unknown, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}

describe("the OpenAPI document", () => {
  it("is OpenAPI 3.1 and has the version of the wiki", () => {
    expect(description.openapi).toMatch(/^3\.1\./);
    expect(description.info.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("describes exactly the routes of the server", () => {
    const hidden = ["/api/openapi.json", "/api", "/api/*"];
    const routes = registered
      .filter(
        (route) => / \/?api(\/|$)/.test(route) && !route.startsWith("HEAD ") && !route.startsWith("OPTIONS "),
      )
      .map((route) => route.replace(/:(\w+)/g, "{$1}").replace(/ (?=api)/, " /"))
      .filter((route) => !hidden.includes(route.split(" ")[1] ?? ""));
    expect(routes.length).toBeGreaterThan(5);
    expect(
      operations()
        .map(({ method, path }) => `${method} ${path}`)
        .toSorted(),
    ).toEqual(routes.toSorted());
  });

  it("describes summary, parameters and responses of each route", () => {
    for (const { path, operation } of operations()) {
      expect(operation.summary).toMatch(/^[A-Z]/);
      expect(operation.tags).toHaveLength(1);
      const inPath = (operation.parameters ?? []).filter(({ in: place }) => place === "path");
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      for (const status of ["4XX", "5XX"]) {
        expect(operation.responses[status]?.content).toEqual({
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
        });
      }
      for (const { description } of Object.values(operation.responses)) {
        expect(description).not.toBe("Default Response");
      }
    }
  });

  it("describes numbers in URLs as optional integers", () => {
    const numbers = ["limit", "after", "gt", "lte", "start", "before", "from", "to", "version"];
    for (const { operation } of operations()) {
      for (const { name, required, schema } of operation.parameters ?? []) {
        if (numbers.includes(name)) expect([name, required, schema?.type]).toEqual([name, false, "integer"]);
      }
    }
  });

  it("names each schema once and refers to each", () => {
    const names = Object.keys(description.components.schemas);
    expect(names.toSorted()).toEqual([
      "ArchivedPages",
      "Blame",
      "Changes",
      "CreatedPage",
      "Diff",
      "Draft",
      "EditedPage",
      "File",
      "FileList",
      "History",
      "NotificationList",
      "Page",
      "PageList",
      "PageName",
      "PageNames",
      "Person",
      "Problem",
      "SearchResult",
      "SlugHistory",
      "UnattachedFile",
      "WantedPages",
    ]);
    const references = JSON.stringify(description).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    expect(new Set([...references].map(([, name]) => name))).toEqual(new Set(names));
  });
});

describe("the responses of the server", () => {
  it("match the OpenAPI document for each route and status", async () => {
    const create = { title: "Page", slug: "page", body: "Body" };
    const created = await wiki.ask("POST", "/api/pages", { as: admin, payload: create });
    const { id } = created.json();
    const match = (version: number) => ({ "if-match": `"${id}.${version}"` });
    const [restore, undo, draft, unarchive, files] = ["restore", "undo", "draft", "unarchive", "files"].map(
      (part) => `/api/pages/by-id/${id}/${part}`,
    ) as [string, string, string, string, string];
    const multipart = { "content-type": FORM_TYPE };
    const form = formBody({ name: "file", filename: "a.txt", content: "1" }).toString();
    const requests: [
      method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE",
      path: string,
      url: string,
      status: number,
      payload?: Json | string | undefined,
      headers?: Record<string, string>,
    ][] = [
      ["POST", "/api/pages", "/api/pages", 409, create],
      ["POST", "/api/pages", "/api/pages", 201, { title: "Another" }],
      ["POST", "/api/pages", "/api/pages", 400, { title: 1 }],
      ["GET", "/api/pages", "/api/pages?limit=1", 200],
      ["GET", "/api/pages", "/api/pages?limit=300", 400],
      ["GET", "/api/pages/{slug}", "/api/pages/page", 200],
      ["GET", "/api/pages/{slug}", "/api/pages/none", 404],
      ["GET", "/api/pages/{slug}", "/api/pages/page", 304, undefined, { "if-none-match": "*" }],
      ["PATCH", "/api/pages/{slug}", "/api/pages/page", 428, { title: "New" }],
      ["PATCH", "/api/pages/{slug}", "/api/pages/page", 200, { title: "New", slug: "moved" }, match(1)],
      ["PATCH", "/api/pages/{slug}", "/api/pages/page", 308, { title: "New" }, match(1)],
      ["GET", "/api/pages/{slug}", "/api/pages/page", 308],
      ["PATCH", "/api/pages/{slug}", "/api/pages/moved", 409, { title: "Newer" }, match(1)],
      ["PATCH", "/api/pages/by-id/{id}", `/api/pages/by-id/${id}`, 200, { body: "New" }, match(1)],
      ["PATCH", "/api/pages/by-id/{id}", `/api/pages/by-id/${id}`, 412, { body: "New" }, match(9)],
      ["GET", "/api/pages/by-id/{id}", `/api/pages/by-id/${id}`, 200],
      ["GET", "/api/pages/by-id/{id}", `/api/pages/by-id/${id}`, 304, undefined, { "if-none-match": "*" }],
      ["GET", "/api/pages/by-id/{id}", "/api/pages/by-id/none", 404],
      ["GET", "/api/pages/by-id/{id}/backlinks", `/api/pages/by-id/${id}/backlinks`, 200],
      ["GET", "/api/pages/{slug}/backlinks", "/api/pages/moved/backlinks", 200],
      ["GET", "/api/pages/{slug}/backlinks", "/api/pages/page/backlinks", 308],
      ["GET", "/api/pages/{slug}", "/api/pages/moved?at=2000-01-01", 404],
      ["GET", "/api/pages/{slug}", "/api/pages/moved?at=2999-01-01", 200],
      ["GET", "/api/pages/{slug}/history", "/api/pages/moved/history", 200],
      ["GET", "/api/pages/{slug}/history", "/api/pages/page/history", 308],
      ["GET", "/api/pages/by-id/{id}/history", `/api/pages/by-id/${id}/history?limit=2`, 200],
      ["GET", "/api/pages/{slug}/diff", "/api/pages/moved/diff?from=0", 200],
      ["GET", "/api/pages/by-id/{id}/diff", `/api/pages/by-id/${id}/diff?from=1&to=3`, 200],
      ["GET", "/api/pages/by-id/{id}/diff", `/api/pages/by-id/${id}/diff?from=9`, 404],
      ["GET", "/api/pages/{slug}/blame", "/api/pages/moved/blame", 200],
      ["GET", "/api/pages/by-id/{id}/blame", `/api/pages/by-id/${id}/blame?version=1`, 200],
      ["POST", "/api/pages/{slug}/restore", "/api/pages/moved/restore", 200, { version: 1 }, match(4)],
      ["POST", "/api/pages/by-id/{id}/restore", restore, 200, { version: 3 }, match(5)],
      ["POST", "/api/pages/{slug}/undo", "/api/pages/moved/undo", 422, { version: 1 }, match(4)],
      ["POST", "/api/pages/by-id/{id}/undo", undo, 200, { version: 6 }, match(6)],
      ["POST", "/api/pages/{slug}/undo", "/api/pages/page/undo", 308, { version: 1 }],
      ["POST", "/api/files", "/api/files", 201, form, multipart],
      ["POST", "/api/files", "/api/files", 415, {}],
      ["POST", "/api/pages/{slug}/files", "/api/pages/page/files", 308, form, multipart],
      ["POST", "/api/pages/by-id/{id}/files", files, 400, "", multipart],
      ["GET", "/api/pages/{slug}/files", "/api/pages/moved/files", 200],
      ["GET", "/api/pages/by-id/{id}/files", `${files}?version=1`, 200],
      ["DELETE", "/api/pages/{slug}/files/{fileId}", `/api/pages/moved/files/${id}`, 428],
      ["DELETE", "/api/pages/by-id/{id}/files/{fileId}", `${files}/${id}`, 404, undefined, match(7)],
      ["PUT", "/api/pages/by-id/{id}/draft", draft, 200, { title: "", body: "B", baseVersion: 2 }],
      ["GET", "/api/pages/by-id/{id}/draft", draft, 200],
      ["DELETE", "/api/pages/by-id/{id}/draft", draft, 204],
      ["GET", "/api/pages/by-id/{id}/draft", draft, 404],
      ["DELETE", "/api/pages/by-id/{id}", `/api/pages/by-id/${id}`, 412, undefined, match(99)],
      ["DELETE", "/api/pages/{slug}", "/api/pages/moved", 200, undefined, match(7)],
      ["DELETE", "/api/pages/{slug}", "/api/pages/moved", 404, undefined, match(7)],
      ["PATCH", "/api/pages/by-id/{id}", `/api/pages/by-id/${id}`, 409, { body: "Late" }, match(8)],
      ["GET", "/api/archived-pages", "/api/archived-pages?after=12", 200],
      ["POST", "/api/pages/by-id/{id}/unarchive", unarchive, 200, { slug: "back" }],
      ["POST", "/api/pages/by-id/{id}/files", files, 201, form, multipart],
      ["GET", "/api/slugs/{slug}/history", "/api/slugs/moved/history", 200],
      ["GET", "/api/slugs/{slug}/history", "/api/slugs/a%20b/history", 400],
      ["GET", "/api/search", "/api/search?q=new", 200],
      ["GET", "/api/search", "/api/search?cursor=x", 400],
      ["GET", "/api/wanted-pages", "/api/wanted-pages", 200],
      ["GET", "/api/orphans", "/api/orphans?limit=1", 200],
      ["GET", "/api/changes", "/api/changes", 200],
      ["GET", "/api/notifications", "/api/notifications?limit=3", 200],
      ["GET", "/api/notifications", "/api/notifications?start=0", 400],
      ["GET", "/api/notifications/stream", "/api/notifications/stream?start=0", 400],
    ];
    const seen = new Set<string>();
    for (const [method, path, url, status, payload, headers = {}] of requests) {
      const answer = await wiki.ask(method, url, {
        as: admin,
        headers,
        ...(payload === undefined ? {} : { payload }),
      });
      expect(`${method} ${url} ${answer.statusCode}`).toBe(`${method} ${url} ${status}`);
      const { responses } = description.paths[path]?.[method.toLowerCase()] ?? { responses: {} };
      const described = responses[String(status)] ?? responses[`${String(status)[0]}XX`];
      expect(described, `${method} ${path} ${status}`).toBeDefined();
      const [[type, content] = []] = Object.entries(described?.content ?? {});
      if (content === undefined) expect(answer.body).toBe("");
      else {
        expect(answer.headers["content-type"]).toBe(`${type}; charset=utf-8`);
        expect(violations(answer.json(), content.schema)).toEqual([]);
      }
      seen.add(`${method} ${path}`);
    }
    expect([...seen].toSorted()).toEqual(
      operations()
        .map(({ method, path }) => `${method} ${path}`)
        .toSorted(),
    );
  });

  it("fail the comparison if a field is missing, unknown or out of range", () => {
    const schema = { $ref: "#/components/schemas/PageList" };
    expect(violations({ items: [], next: null }, schema)).toEqual([]);
    expect(violations({ items: [] }, schema)).toEqual(["answer has no next"]);
    expect(violations({ items: [], next: -1 }, schema)).not.toEqual([]);
    expect(violations({ items: [], next: null, total: 1 }, schema)).toEqual([
      "answer.total is not described",
    ]);
    expect(violations({ items: [{}], next: null }, schema)).toContain("answer.items[0] has no id");
  });
});

describe("the error codes", () => {
  const root = fileURLToPath(new URL("../packages/", import.meta.url));
  const sources = (folder: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
      .map((name) => ({ name: `${folder}/${name}`, text: readFileSync(join(root, folder, name), "utf8") }));
  const files = [...sources("eventsourcing/src"), ...sources("wiki/src")];

  /** Errors of the program, its data or its settings. Clients get `internal-error` instead. */
  const INTERNAL = [
    "aggregate-dead",
    "aggregate-not-found",
    "change-refused",
    "database-refused",
    "diff-mismatch",
    "event-already-recorded",
    "event-log-mismatch",
    "event-version-unknown",
    "generation-gone",
    "invalid-configuration",
    "invalid-event-data",
    "invalid-export",
    "invalid-secret",
    "lease-lost",
    "process-behind",
    "programming-error",
    "stop-timeout",
    "tracking-conflict",
    "unfit-file",
    "unknown-topic",
    "unreadable-state",
    "user-required",
    "worker-start",
  ];

  it("are documented for clients or listed as internal", () => {
    const ofClients = files.filter(({ name }) => !name.startsWith("wiki/src/cli/"));
    const declared = ofClients.flatMap(({ text }) =>
      [...text.matchAll(/readonly code(?:: \S+)? = "([a-z-]+)"/g)].map(([, code = ""]) => code),
    );
    expect(declared.length).toBeGreaterThan(20);
    const undocumented = declared.filter((code) => !(code in PROBLEMS));
    expect(undocumented.toSorted()).toEqual(INTERNAL);
  });

  it("in the list are each used", () => {
    const given = files.map(({ name, text }) =>
      // The list itself contains each code once, as a key.
      name.endsWith("http/errors.ts") ? text.replace(/export const PROBLEMS[\s\S]*?\n} as const/, "") : text,
    );
    const unused = Object.keys(PROBLEMS).filter((code) => !given.some((text) => text.includes(`"${code}"`)));
    expect(unused).toEqual([]);
  });

  it("have a status from 400 to 599 and a capitalised title", () => {
    for (const [code, [status, title]] of Object.entries(PROBLEMS)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(status >= 400 && status < 600).toBe(true);
      expect(title).toMatch(/^[A-Z].*[a-z]$/);
    }
  });
});
