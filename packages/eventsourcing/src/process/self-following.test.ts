import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { z } from "zod";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { aggregate } from "../aggregates/aggregate-class.ts";
import type { Saveable } from "../application/aggregate-type.ts";
import { eventFamily } from "../events/event-family.ts";
import type { ProjectedEvent } from "../projections/projection.ts";
import { until } from "../testing/view-contract/view-case.ts";
import { processApplication } from "./process-application.ts";
import { ProcessRunner } from "./process-runner.ts";

const Counted = eventFamily("Count", { Counted: { number: z.int() } }).Counted;
class Count extends aggregate(Counted) {}

/** Ends a test that fails: nothing else could stop it. */
const LAST = 30_000;

class Counting extends processApplication({ aggregates: [Count], handles: [Counted] }) {
  override policy({ data }: ProjectedEvent<typeof Counted>): readonly Saveable[] {
    return data.number < LAST ? [Count.create({ number: data.number + 1 })] : [];
  }
}

onEachRecorder("a process application that follows itself", (create) => {
  it("lets other tasks run, and ends on stop", async () => {
    const application = new Counting({ recorder: await create() });
    const runner = new ProcessRunner({ application, upstream: application, upstreamName: "self" });
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 5);
    runner.start();
    await application.save(Count.create({ number: 1 }));
    await until(async () => ticks > 2 && (await application.notificationLog.maxId()) > 1);
    await runner.stop();
    clearInterval(ticking);
    const events = await application.notificationLog.maxId();
    expect(events).toBeLessThan(LAST);
    await pause(20);
    expect(await application.notificationLog.maxId()).toBe(events);
  });
});
