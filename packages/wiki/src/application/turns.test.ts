import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { Turns } from "./turns.ts";

it("are taken in the order of the calls, and apart for each thing", async () => {
  const turns = new Turns();
  const done: string[] = [];
  const work = (name: string, steps: number) => async () => {
    done.push(`${name} begins`);
    for (let step = 0; step < steps; step += 1) await setImmediate();
    done.push(`${name} ends`);
    return name;
  };
  const all = [
    turns.take("a", work("first", 9)),
    turns.take("a", work("second", 1)),
    turns.take("b", work("other", 3)),
  ];
  expect(await Promise.all(all)).toEqual(["first", "second", "other"]);
  expect(done).toEqual([
    "first begins",
    "other begins",
    "other ends",
    "first ends",
    "second begins",
    "second ends",
  ]);
});

it("go on after one that failed, which fails alone", async () => {
  const turns = new Turns();
  const failed = turns.take("a", async () => {
    throw new Error("no");
  });
  const next = turns.take("a", async () => "yes");
  await expect(failed).rejects.toThrow("no");
  expect(await next).toBe("yes");
  expect(await turns.take("a", async () => "again")).toBe("again");
});
