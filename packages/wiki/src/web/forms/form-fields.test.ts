import type { FastifyRequest } from "fastify";
import { describe, expect, it } from "vitest";
import { field, resolutionsIn, slugField } from "./form-fields.ts";

describe("a form without a body", () => {
  it.each([undefined, null])("has empty fields and no resolutions: %s", (body) => {
    const request = { body } as FastifyRequest;
    expect(field(request, "title")).toBe("");
    expect(resolutionsIn(request)).toEqual(new Map());
  });
});

describe("the address in a form", () => {
  it.each([
    [" Handbook/On call ", "handbook/on-call"],
    ["../", "../"],
    ["", ""],
  ])("of %j is %j", (slug, expected) => {
    expect(slugField({ body: { slug } } as FastifyRequest)).toBe(expected);
  });
});
