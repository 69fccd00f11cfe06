import { describe, expect, it } from "vitest";
import { TASKS } from "./tasks.ts";

describe("a comparison", () => {
  const long = "A line of a page.\n".repeat(2_000);
  const lines = (first: number) =>
    Array.from({ length: 500 }, (_, line) => `${(first + line * line) % 3}\n\n`);

  it("is short if the texts hardly differ, although they are long", () => {
    expect(TASKS.bodyChange.isShort({ body: long, text: `${long}One more.\n${long}` })).toBe(false);
    expect(TASKS.bodyChange.isShort({ body: long, text: `${long}One more.\n` })).toBe(true);
  });

  it("is long if the texts repeat the same few lines in another order", () => {
    const [body, text] = [lines(0).join("").repeat(2), lines(1).join("").repeat(2)];
    expect(TASKS.bodyChange.isShort({ body, text })).toBe(false);
    expect(TASKS.mergeTexts.isShort({ base: body, theirs: text, yours: body })).toBe(false);
  });
});
