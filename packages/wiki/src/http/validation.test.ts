import type { FastifyRouteSchemaDef } from "fastify/types/schema.js";
import { expect, it } from "vitest";
import { z } from "zod";
import {
  idempotencyHeader,
  newPage,
  pageEdit,
  pageQuery,
  pagesQuery,
  unarchiveCommand,
} from "../api/schemas.ts";
import { changesQuery, searchQuery } from "../api/view-schemas.ts";
import { validatorCompiler } from "./validation.ts";

/** Returns the error of `data` as a part of a request. */
function errorOf(httpPart: string, schema: z.ZodType, data: unknown): string | undefined {
  const definition: FastifyRouteSchemaDef<z.ZodType> = { schema, method: "GET", url: "/", httpPart };
  const { error } = validatorCompiler(definition)(data) as { readonly error?: Error };
  return error?.message;
}

const queryError = (schema: z.ZodType, data: Record<string, unknown>) => errorOf("querystring", schema, data);

it("passes on valid data as the schema transforms it", () => {
  const definition = { schema: pagesQuery, method: "GET", url: "/", httpPart: "querystring" };
  expect(validatorCompiler(definition)({ limit: "20" })).toEqual({ value: { limit: 20 } });
});

it.each([
  [{ limit: "abc" }, 'limit is "abc": '],
  [{ limit: "201" }, 'limit is "201": Too big: expected number to be <=200'],
  [{ limit: "" }, 'limit is "": '],
  [{ limit: ["1", "2"] }, "limit: "],
  [{ gt: "-1", lte: "1.5" }, 'gt is "-1": Too small: expected number to be >=0; lte is "1.5": '],
  [{ lte: "9999999999999999" }, 'lte is "9999999999999999": '],
  [{ desc: "yes" }, 'desc is "yes": Invalid option: expected one of "true"|"false"'],
  [{ colour: "red" }, 'the query: Unrecognized key: "colour"'],
])("reports the field, its value and the reason for the query %j", (data, message) => {
  expect(queryError(pagesQuery, data)).toContain(message);
});

it("reports messages of the schemas", () => {
  expect(queryError(changesQuery, { person: "x" })).toBe('person is "x": Invalid UUID');
  expect(queryError(searchQuery, { cursor: "x" })).toBe(
    'cursor is "x": expected the `next` of an earlier response',
  );
  expect(queryError(pageQuery, { at: "x" })).toMatch(/^at is "x": expected an instant .* in ISO 8601/);
  expect(queryError(pageQuery, { at: "2026-03-03", version: "1" })).toBe(
    "the query: expected `version` or `at`, not both",
  );
});

it("reports missing and wrong fields of a body", () => {
  expect(errorOf("body", newPage, null)).toMatch(/^the body is null: /);
  expect(errorOf("body", newPage, undefined)).toMatch(/^the body is missing: /);
  expect(errorOf("body", newPage, {})).toMatch(/^title is missing: /);
  expect(errorOf("body", newPage, { title: 1, body: null })).toMatch(/^title is 1: .*; body is null: /);
  expect(errorOf("body", pageEdit, { begunWith: 0 })).toMatch(/^begunWith is 0: Too small/);
  expect(errorOf("body", unarchiveCommand, { slug: {} })).toMatch(/^slug: /);
});

it("shortens long values and long lists of keys", () => {
  const long = errorOf("headers", idempotencyHeader, { "idempotency-key": "k".repeat(10_000) });
  expect(long).toBe(
    `idempotency-key is "${"k".repeat(100)}…": Too big: expected string to have <=200 characters`,
  );
  const many = Object.fromEntries([...Array(1_000)].map((_, index) => [`${index}${"x".repeat(500)}`, 1]));
  expect(errorOf("body", newPage, { title: "x", ...many })?.length).toBeLessThan(1_000);
});

it("does not repeat a password", () => {
  const signIn = z.object({ password: z.string().min(8).max(128) });
  expect(errorOf("body", signIn, { password: "secret" })).toBe(
    "password: Too small: expected string to have >=8 characters",
  );
});
