import { expect, it } from "vitest";
import { memorySums } from "../../test/memory-sums.ts";
import { sumsProjection } from "../testing/sample-view.ts";
import { ProcessingRates } from "./processing-rates.ts";
import { statusOf } from "./projection-status.ts";
import type { Generation } from "./view-store.ts";

const projection = sumsProjection(memorySums, "sums");
const FAILED = { notificationId: 65, topic: "Account.Paid", error: "no" };

const generation = (number: number, position: number, more: Partial<Generation> = {}): Generation => ({
  view: "sums",
  number,
  version: 1,
  active: number === 1,
  position,
  eventId: undefined,
  processed: position,
  skipped: [],
  stopped: undefined,
  ...more,
});

const statusWith = (...generations: Generation[]) =>
  statusOf(
    projection,
    { generations, lastId: 100, runner: "here", failure: undefined },
    new ProcessingRates(),
  );

it("distinguishes a stopped next generation from a stopped active one", () => {
  const halted = statusWith(generation(1, 100), generation(2, 64, { stopped: FAILED }));
  expect(halted).toMatchObject({ state: "rebuild-stopped", stopped: undefined, lag: 0 });
  expect(halted.next).toMatchObject({ done: 64, total: 100, stopped: FAILED });
  const stopped = statusWith(generation(1, 64, { stopped: FAILED }), generation(2, 70));
  expect(stopped).toMatchObject({ state: "stopped", stopped: FAILED, lag: 36 });
  expect(stopped.next).toMatchObject({ done: 70, stopped: undefined });
  expect([halted.error, stopped.error]).toEqual([undefined, "no"]);
});

it("reports a failure that no event caused, with the message of its error", () => {
  const error = new Error("syntax error");
  const found = { generations: [], lastId: 3, runner: "none" } as const;
  const failed = statusOf(
    projection,
    { ...found, failure: { state: "failed", error } },
    new ProcessingRates(),
  );
  expect(failed).toMatchObject({ state: "failed", error: "syntax error", position: 0, lag: 3 });
});
