import { expect, it } from "vitest";
import { z } from "zod";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { asUser, currentUserId } from "../context.ts";
import { InvalidArgumentError, InvalidEventDataError } from "../errors.ts";
import { eventFamily } from "../events/event-family.ts";
import type { Recorder, VersionRange } from "../recorder/recorder.ts";
import { NAMESPACE_URL, uuid5 } from "../uuid.ts";
import { application } from "./application.ts";
import { EventSourcedLog } from "./event-sourced-log.ts";

const Logged = eventFamily(
  "Log",
  {
    Logged: {
      number: z.number(),
    },
  },
  { ambient: { fields: { userId: z.string().nullable() }, values: () => ({ userId: currentUserId() }) } },
).Logged;

class Logging extends application({ logEvents: [Logged] }) {
  readonly log = new EventSourcedLog(this.events, uuid5(NAMESPACE_URL, "/log"), Logged);
}

const open = (recorder: Recorder) => new Logging({ recorder });

async function appWithEntries(recorder: Recorder, size: number): Promise<Logging> {
  const app = open(recorder);
  await app.save(...Array.from({ length: size }, (_, index) => app.log.triggerEvent({ number: index + 1 })));
  return app;
}

async function readNumbers(app: Logging, range?: VersionRange): Promise<number[]> {
  const read: number[] = [];
  for await (const { data, originatorVersion } of app.log.get(range)) {
    expect(originatorVersion).toBe(data.number);
    read.push(data.number);
  }
  return read;
}

const fromTo = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

onEachRecorder("an event-sourced log", (create) => {
  it("yields entries in either order, within a range, across batches", async () => {
    for (const size of [99, 100, 101, 250]) {
      const app = await appWithEntries(await create(), size);
      expect(await readNumbers(app)).toEqual(fromTo(1, size));
      expect(await readNumbers(app, { desc: true })).toEqual(fromTo(1, size).reverse());
      expect(await readNumbers(app, { gt: 3, lte: size - 1 })).toEqual(fromTo(4, size - 1));
      expect(await readNumbers(app, { gt: 3, lte: size - 1, desc: true })).toEqual(
        fromTo(4, size - 1).reverse(),
      );
      expect(await readNumbers(app, { gt: size })).toEqual([]);
      for (const limit of [0, 1, 99, 100, 101, 200, 1_000]) {
        expect(await readNumbers(app, { limit })).toEqual(fromTo(1, Math.min(limit, size)));
        expect(await readNumbers(app, { limit, desc: true, lte: 90 })).toEqual(
          fromTo(1, 90).reverse().slice(0, limit),
        );
      }
    }
  });

  it("lets other tasks run while its consumer appends an entry for each one it reads", async () => {
    const app = await appWithEntries(await create(), 100);
    let hasRun = false;
    setImmediate(() => {
      hasRun = true;
    });
    for await (const { originatorVersion } of app.log.get()) {
      if (hasRun || originatorVersion === 20_000) break;
      await app.save(app.log.triggerEvent({ number: 1 }));
    }
    expect(hasRun).toBe(true);
  });

  it("is empty before its first entry", async () => {
    expect(await readNumbers(open(await create()))).toEqual([]);
  });

  it("rejects a range that is not of whole numbers", async () => {
    const app = await appWithEntries(await create(), 1);
    for (const range of [{ limit: -1 }, { limit: 1.5 }, { limit: Number.NaN }, { gt: 0.5 }]) {
      await expect(readNumbers(app, range)).rejects.toThrow(InvalidArgumentError);
    }
  });

  it("records entries of concurrent writers without a conflict, each with its version", async () => {
    const recorder = await create();
    const apps = [open(recorder), open(recorder)];
    const saves = fromTo(1, 40).map(async (number) => {
      const app = apps[number % 2] as Logging;
      const [recording] = await app.save(app.log.triggerEvent({ number }));
      return recording?.domainEvent.originatorVersion;
    });
    expect((await Promise.all(saves)).sort((a, b) => Number(a) - Number(b))).toEqual(fromTo(1, 40));
    const read: number[] = [];
    for await (const { data } of open(recorder).log.get()) read.push(data.number);
    expect(read.sort((a, b) => a - b)).toEqual(fromTo(1, 40));
  });

  it("adds ambient fields to entries and validates their data", async () => {
    const app = open(await create());
    await app.save(asUser("ann", () => app.log.triggerEvent({ number: 1 })));
    for await (const { data, type } of app.log.get()) {
      expect([type, data.userId]).toEqual(["Log.Logged", "ann"]);
    }
    // @ts-expect-error a number is wanted
    expect(() => app.log.triggerEvent({ number: "1" })).toThrow(InvalidEventDataError);
  });
});
