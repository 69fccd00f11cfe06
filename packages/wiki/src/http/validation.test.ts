import type { FastifyRouteSchemaDef } from "fastify/types/schema.js";
import { expect, it } from "vitest";
import { z } from "zod";
import { idempotencyHeader, newPage, pageEdit, pageQuery, pagesQuery, unarchiving } from "../api/schemas.ts";
import { changesQuery, searchQuery } from "../api/view-schemas.ts";
import { validatorCompiler } from "./validation.ts";

/** What is said of `data` as that part of a request. */
function told(httpPart: string, schema: z.ZodType, data: unknown): string | undefined {
  const definition: FastifyRouteSchemaDef<z.ZodType> = { schema, method: "GET", url: "/", httpPart };
  const { error } = validatorCompiler(definition)(data) as { readonly error?: Error };
  return error?.message;
}

const query = (schema: z.ZodType, data: Record<string, unknown>) => told("querystring", schema, data);

it("what is right is passed on as the schema makes it", () => {
  const definition = { schema: pagesQuery, method: "GET", url: "/", httpPart: "querystring" };
  expect(validatorCompiler(definition)({ limit: "20" })).toEqual({ value: { limit: 20 } });
});

it.each([
  [{ limit: "abc" }, 'limit: "abc" is not a whole number from 0 to 200'],
  [{ limit: "201" }, 'limit: "201" is not a whole number from 0 to 200'],
  [{ limit: "" }, 'limit: "" is not a whole number from 0 to 200'],
  [{ limit: ["1", "2"] }, "limit: a list is not a whole number from 0 to 200"],
  [
    { gt: "-1", lte: "1.5" },
    'gt: "-1" is not a whole number from 0; lte: "1.5" is not a whole number from 0',
  ],
  [{ lte: "9999999999999999" }, 'lte: "9999999999999999" is not a whole number from 0 to 9007199254740991'],
  [{ desc: "yes" }, 'desc: "yes" is not one of "true", "false"'],
  [{ colour: "red" }, '"colour": not known in the query, which may have gt, lte, desc, limit, at, after'],
])("a number or a word in a query: %j", (data, message) => {
  expect(query(pagesQuery, data)).toBe(message);
});

it("other values of a query are named, too", () => {
  expect(query(changesQuery, { person: "x" })).toBe('person: "x" is not a UUID');
  expect(query(searchQuery, { cursor: "x" })).toBe(
    'cursor: expected the `next` of an earlier response, and not "x"',
  );
  expect(query(pageQuery, { at: "x" })).toMatch(/^at: expected an instant .* in ISO 8601.* not "x"$/);
  expect(query(pageQuery, { at: "2026-03-03", version: "1" })).toBe(
    "the query: expected `version` or `at`, not both",
  );
});

it("a body is named by what it lacks, and by what it has and should not", () => {
  expect(told("body", newPage, null)).toBe("the body: null is not an object");
  expect(told("body", newPage, undefined)).toBe("the body is missing; expected an object");
  expect(told("body", newPage, {})).toBe("title is missing; expected a text");
  expect(told("body", newPage, { title: 1, body: null })).toBe(
    "title: 1 is not a text; body: null is not a text",
  );
  expect(told("body", pageEdit, { begunWith: 0 })).toBe("begunWith: 0 is not a whole number from 1");
  expect(told("body", unarchiving, { slug: {} })).toBe("slug: an object is not a text");
  expect(told("body", unarchiving, 1)).toBe("the body: 1 is not an object or null");
});

it("long values, and long lists of names, are shortened", () => {
  const long = told("headers", idempotencyHeader, { "idempotency-key": "k".repeat(10_000) });
  expect(long).toBe(`idempotency-key: "${"k".repeat(100)}…" is not a text of 1 to 200 characters`);
  const many = Object.fromEntries([...Array(1_000)].map((_, index) => [`${index}${"x".repeat(500)}`, 1]));
  const unknown = told("body", newPage, { title: "x", ...many });
  expect(unknown).toContain("and 995 more: not known in the body");
  expect(unknown?.length).toBeLessThan(1_000);
});

it("a password is not repeated", () => {
  const signIn = z.object({ password: z.string().min(8).max(128) });
  expect(told("body", signIn, { password: "secret" })).toBe(
    "password: what was sent is not a text of 8 to 128 characters",
  );
});
