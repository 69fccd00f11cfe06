import { describe, expect, it } from "vitest";
import { memoryRecorder } from "./memory/memory-recorder.ts";
import { memoryViewStore } from "./memory/view-store.ts";
import { ProjectionRunner, type ProjectionRunnerOptions } from "./projection-runner.ts";
import { Sections } from "./projection-sections.ts";
import type { ApplicationRecorder } from "./recorder.ts";
import { memorySums } from "./testing/memory-sums.ts";
import { eventOf, newId, upTo } from "./testing/sample-events.ts";
import { pay, sampleMapper, sumsProjection } from "./testing/sample-view.ts";
import { until } from "./testing/view-contract/view-case.ts";

function runner(options: Partial<ProjectionRunnerOptions<never>> = {}) {
  return new ProjectionRunner({
    recorder: memoryRecorder(),
    mapper: sampleMapper,
    store: memoryViewStore(),
    projections: [sumsProjection(memorySums, "sums")],
    onFailure: () => {},
    ...(options as object),
  });
}

describe("a runner of projections", () => {
  it("refuses settings that cannot be", () => {
    const twice = ["sums", "sums"].map((name) => sumsProjection(memorySums, name));
    expect(() => runner({ projections: twice as never })).toThrow('Two projections are called "sums"');
    for (const name of ["sectionSize", "leaseTtlMs", "tickMs", "attempts"])
      expect(() => runner({ [name]: 0 })).toThrow(`${name} must be a whole number from 1`);
  });

  it("is started once, and knows its projections", async () => {
    const one = runner();
    one.start();
    expect(() => one.start()).toThrow("started once");
    for (const work of [one.retry("other"), one.skip("other", 1), one.rebuild("other")])
      await expect(work).rejects.toThrow("must be one of sums");
    await one.stop();
    await one.stop();
  });

  it("tells of a projection that stops, whatever becomes of the telling", async () => {
    const recorder = memoryRecorder();
    const told: string[] = [];
    const onSection = () => {
      throw new Error("no");
    };
    const ill = sumsProjection(memorySums, "sums", { onSection });
    const onFailure = (error: unknown, name: string) => {
      told.push(`${name}: ${error}`);
      throw new Error("the listener fails, too");
    };
    const one = runner({ recorder, projections: [ill as never], onFailure, retryPauseMs: 1 });
    one.start();
    await pay(recorder, "a");
    await until(async () => (await one.status())[0]?.state === "stopped");
    await until(() => told.length === 1);
    expect(told).toEqual(["sums: Error: no"]);
    await one.stop();
  });

  it("ends by itself when its database is closed", async () => {
    const recorder = memoryRecorder();
    const one = runner({ recorder });
    one.start();
    await recorder.close();
    await one.stop();
  });
});

describe("sections", () => {
  const topics = ["Sample.Happened"];

  async function sizes(bytes: number): Promise<number[]> {
    const recorder: ApplicationRecorder = memoryRecorder();
    const state = new Uint8Array(bytes);
    await recorder.insertEvents(upTo(1_200).map(() => eventOf(newId(), 1, { state })));
    const sections = new Sections(recorder, sampleMapper, { topics, maxSize: 400 });
    const found: number[] = [];
    for (let from = 0; from + sections.size <= 1_200 && found.length < 3; from += found.at(-1) ?? 0) {
      found.push(sections.size);
      await sections.read(from, from + sections.size);
    }
    return found;
  }

  it("grow to what is allowed while events are small, and shrink where they are large", async () => {
    expect(await sizes(10)).toEqual([250, 400, 400]);
    expect(await sizes(128 * 1024)).toEqual([250, 128, 128]);
  });
});
