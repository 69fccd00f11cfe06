import type { FastifyRequest } from "fastify";
import { describe, expect, it } from "vitest";
import { field, resolutionsIn } from "./form-fields.ts";

describe("a form without a body", () => {
  it.each([undefined, null])("has empty fields and no resolutions: %s", (body) => {
    const request = { body } as FastifyRequest;
    expect(field(request, "title")).toBe("");
    expect(resolutionsIn(request)).toEqual(new Map());
  });
});
