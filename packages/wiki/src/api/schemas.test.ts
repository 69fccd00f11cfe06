import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { blameQuery, diffQuery, historyQuery, slugHistoryQuery } from "./record-schemas.ts";
import { notificationsQuery, pageQuery, pagesQuery, streamQuery } from "./schemas.ts";
import { changesQuery, listQueryAt, searchQuery } from "./view-schemas.ts";

const QUERIES: Readonly<Record<string, z.ZodType>> = {
  blameQuery,
  changesQuery,
  diffQuery,
  historyQuery,
  listQueryAt,
  notificationsQuery,
  pageQuery,
  pagesQuery,
  searchQuery,
  slugHistoryQuery,
  streamQuery,
};
const NUMBERS = ["after", "before", "cursor", "from", "gt", "limit", "lte", "start", "to", "version"];

const parametersOf = (schema: z.ZodType) => Object.keys((schema as z.ZodObject).shape);

describe.each(Object.entries(QUERIES))("%s", (_, schema) => {
  const numbers = parametersOf(schema).filter((name) => NUMBERS.includes(name));

  it("accepts numbers in decimal digits only", () => {
    expect(numbers).not.toEqual([]);
    for (const name of numbers) {
      expect(schema.safeParse({ [name]: "7" }), name).toMatchObject({ data: { [name]: 7 } });
      for (const text of ["", " 1", "0x10", "1e1", "1.5", "-1", "many", "9".repeat(20), ["1", "2"]]) {
        expect(schema.safeParse({ [name]: text }).success, `${name}=${text}`).toBe(false);
      }
    }
  });

  it("refuses unknown parameters, and empty ones other than the search text", () => {
    expect(schema.safeParse({ colour: "red" }).success).toBe(false);
    for (const name of parametersOf(schema)) {
      expect(schema.safeParse({ [name]: "" }).success, name).toBe(name === "q");
    }
  });
});

it("limits are 200 at most, and versions and positions of the log start at 1", () => {
  expect(pagesQuery.safeParse({ limit: "200" }).success).toBe(true);
  expect(pagesQuery.safeParse({ limit: "201" }).success).toBe(false);
  expect(pageQuery.safeParse({ version: "0" }).success).toBe(false);
  expect(notificationsQuery.safeParse({ start: "0" }).success).toBe(false);
  expect(pagesQuery.safeParse({ gt: "0", lte: "0" }).success).toBe(true);
});
