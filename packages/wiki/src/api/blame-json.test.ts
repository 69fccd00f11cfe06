import { expect, it } from "vitest";
import { isFault, problemOf } from "../http/errors.ts";
import { blameJson } from "./blame-json.ts";

it("reports a part without a recorded version as an internal error", () => {
  const at = new Date("2026-03-03T12:00:00Z");
  const edits = new Map([[1, { userId: null, at }]]);
  const page = { version: 2, runs: [{ text: "Flour\n", version: 1 }] };
  expect(blameJson("id", page, edits, new Map())).toEqual({
    version: 2,
    runs: [{ text: "Flour\n", version: 1, by: null, at: at.toISOString() }],
  });
  const torn = { version: 2, runs: [...page.runs, { text: "Water\n", version: 2 }] };
  let thrown: unknown;
  try {
    blameJson("id", torn, edits, new Map());
  } catch (error) {
    thrown = error;
  }
  const problem = problemOf(thrown);
  expect(problem).toMatchObject({ status: 500, code: "internal-error" });
  expect(isFault(problem)).toBe(true);
});
