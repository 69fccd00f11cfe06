import { randomBytes } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { aggregate, event } from "../aggregates/aggregate-class.ts";
import { plainAggregate } from "../aggregates/plain-aggregate.ts";
import { withContext } from "../context.ts";
import {
  AggregateDeadError,
  AggregateNotFoundError,
  EventAlreadyRecordedError,
  InvalidArgumentError,
  OutcomeUnknownError,
  ProgrammingError,
  RecorderClosedError,
  VersionConflictError,
} from "../errors.ts";
import type { Compressor } from "../events/compressor.ts";
import { eventFamily } from "../events/event-family.ts";
import type { DataOf, LogEntry } from "../events/event-type.ts";
import type { Transcoding } from "../events/transcoder.ts";
import { memoryRecorder } from "../memory/index.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { NAMESPACE_URL, uuid5 } from "../uuid.ts";
import { type Application, type ApplicationOptions, application } from "./application.ts";
import { EventSourcedLog } from "./event-sourced-log.ts";
import type { Recording } from "./event-store.ts";

const NoteEvent = eventFamily("Note", { Begun: { text: z.string() }, Rewritten: { text: z.string() } });
const { Begun, Rewritten } = NoteEvent;
const Logged = eventFamily("Log", { Logged: { noteId: z.string() } }).Logged;
const CounterEvent = eventFamily("Counter", { Counted: {} });
const { Counted } = CounterEvent;
const counter = plainAggregate({ events: CounterEvent, initial: 0, evolve: (count: number) => count + 1 });

class Note extends aggregate(Begun) {
  @event(Rewritten)
  rewrite({ text }: DataOf<typeof Rewritten>): void {
    this.text = text;
  }
}

class NoteTaking extends application({ aggregates: [Note, counter], logEvents: [Logged] }) {
  readonly log = new EventSourcedLog(this.events, uuid5(NAMESPACE_URL, "/notes"), Logged);
}

class PackedNotes extends application({ aggregates: [Note], compression: "gzip" }) {}

function open(recorder: Recorder, options: Partial<ApplicationOptions> = {}): NoteTaking {
  return new NoteTaking({ recorder, ...options });
}

/** Recordings whose bytes compare by what they are, whatever kind of array holds them. */
function comparable(recordings: readonly (Recording | undefined)[]): unknown[] {
  return recordings.map((recording) => {
    const { state = new Uint8Array(), ...notification } = recording?.notification ?? {};
    return { ...recording, notification: { ...notification, state: Buffer.from(state) } };
  });
}

/** Resolves to everything recorded, as topics. */
async function topics(app: Application): Promise<readonly string[]> {
  return (await app.notificationLog.select({ start: 1, limit: 1_000 })).map(({ topic }) => topic);
}

onEachRecorder("save", (create) => {
  it("records everything in one step, and resolves to the recordings in the order given", async () => {
    const app = open(await create());
    const note = Note.create({ text: "Fox" });
    note.rewrite({ text: "Dog" });
    const recordings = await app.save(
      app.log.triggerEvent({ noteId: note.id }),
      note,
      counter.begin([Counted({}), Counted({})]),
      app.log.triggerEvent({ noteId: note.id }),
    );
    expect(recordings.map(({ domainEvent, notification }) => [notification.id, domainEvent.type])).toEqual([
      [1, "Log.Logged"],
      [2, "Note.Begun"],
      [3, "Note.Rewritten"],
      [4, "Counter.Counted"],
      [5, "Counter.Counted"],
      [6, "Log.Logged"],
    ]);
    expect(recordings.map(({ domainEvent }) => domainEvent.originatorVersion)).toEqual([1, 1, 2, 1, 2, 2]);
    const notifications = await app.notificationLog.select({ start: 1, limit: 10 });
    for (const [index, notification] of notifications.entries()) {
      const { domainEvent, notification: returned } = recordings[index] ?? {};
      expect({ ...returned, state: Buffer.from(returned?.state ?? []) }).toEqual({
        ...notification,
        state: Buffer.from(notification.state),
      });
      expect(app.mapper.toDomainEvent(notification)).toEqual(domainEvent);
    }
  });

  it("stores recordings that can be read again by originator", async () => {
    const app = open(await create());
    const note = Note.create({ text: "Fox" });
    const log = (text: string) => app.log.triggerEvent({ noteId: text });
    const saved = [...(await app.save(log("one"), note, log("two")))];
    note.rewrite({ text: "Dog" });
    saved.push(...(await app.save(log("three"), note)));
    const [begun, rewritten] = saved.filter(({ domainEvent }) => domainEvent.originatorId === note.id);
    expect(comparable(await app.events.recordings(note.id))).toEqual(comparable([begun, rewritten]));
    const latest = await app.events.recordings(note.id, { desc: true, limit: 1 });
    expect(comparable(latest)).toEqual(comparable([rewritten]));
    expect(await app.events.recordings(app.log.id, { limit: 0 })).toEqual([]);
  });

  it("records nothing of a save if one part conflicts, and its aggregates are dead", async () => {
    const app = open(await create());
    const note = Note.create({ text: "Fox" });
    await app.save(note);
    const [winner, loser] = [
      await app.repository.get(Note, note.id),
      await app.repository.get(Note, note.id),
    ];
    winner.rewrite({ text: "won" });
    loser.rewrite({ text: "lost" });
    await app.save(winner);
    const [other, untouched] = [Note.create({ text: "" }), await app.repository.get(Note, note.id)];
    const entry = app.log.triggerEvent({ noteId: other.id });
    await expect(app.save(other, entry, untouched, loser)).rejects.toThrow(VersionConflictError);
    expect(await topics(app)).toEqual(["Note.Begun", "Note.Rewritten"]);
    for (const dead of [other, untouched, loser]) {
      expect(() => dead.rewrite({ text: "again" })).toThrow(AggregateDeadError);
      await expect(app.save(dead)).rejects.toThrow(AggregateDeadError);
    }
    await expect(app.repository.get(Note, other.id)).rejects.toThrow(AggregateNotFoundError);
    expect((await app.repository.get(Note, note.id)).text).toBe("won");
  });

  it("gives the events of one save one correlation id, by default that of the context", async () => {
    const app = open(await create());
    const note = Note.create({ text: "Fox" });
    note.rewrite({ text: "Dog" });
    const recordings = await app.save(note, app.log.triggerEvent({ noteId: note.id }));
    const [first, ...others] = recordings.map(({ domainEvent }) => domainEvent);
    expect(first).not.toHaveProperty("correlationId");
    expect(others.map(({ correlationId }) => correlationId)).toEqual([first?.id, first?.id]);
    const given = await withContext({ correlationId: "c", causationId: "e" }, () =>
      app.save(app.log.triggerEvent({ noteId: "" }), app.log.triggerEvent({ noteId: "" })),
    );
    expect(given.map(({ domainEvent }) => [domainEvent.correlationId, domainEvent.causationId])).toEqual([
      ["c", "e"],
      ["c", "e"],
    ]);
    const [, read] = await app.events.get(note.id);
    expect(read?.correlationId).toBe(first?.id);
  });

  it("records nothing if there are no aggregates or no pending events", async () => {
    const app = open(await create());
    expect(await app.save()).toEqual([]);
    const note = Note.create({ text: "Fox" });
    await app.save(note);
    expect(await app.save(note)).toEqual([]);
    expect(note.pendingEvents).toEqual([]);
    note.rewrite({ text: "Dog" });
    expect(await app.save(await app.repository.get(Note, note.id), note)).toHaveLength(1);
    expect((await app.repository.get(Note, note.id)).text).toBe("Dog");
  });

  it("refuses an item twice in one save, or while another save of it runs", async () => {
    const app = open(await create());
    const note = Note.create({ text: "Fox" });
    await expect(app.save(note, note)).rejects.toThrow(ProgrammingError);
    const saving = app.save(note);
    expect(() => note.rewrite({ text: "Dog" })).toThrow("is being saved");
    await expect(app.save(note)).rejects.toThrow("is being saved");
    expect(await saving).toHaveLength(1);
    note.rewrite({ text: "Dog" });
    expect(await app.save(note)).toHaveLength(1);
    const changes = counter.begin([Counted({})]);
    await app.save(changes);
    await expect(app.save(changes)).rejects.toThrow(EventAlreadyRecordedError);
    const entry: LogEntry = app.log.triggerEvent({ noteId: "" });
    await app.save(entry);
    await expect(app.save(entry)).rejects.toThrow(EventAlreadyRecordedError);
    expect((await app.repository.get(counter, changes.aggregate.id)).state).toBe(1);
  });

  it("leaves aggregates dead after any failure, also of unknown outcome", async () => {
    const recorder = await create();
    const unsure = new Proxy(recorder, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name !== "insertEvents") return typeof value === "function" ? value.bind(target) : value;
        return async (events: Parameters<Recorder["insertEvents"]>[0]) => {
          await target.insertEvents(events);
          throw new OutcomeUnknownError(
            events.map(({ eventId }) => eventId),
            new Error("the line broke"),
          );
        };
      },
    });
    const app = open(unsure);
    const note = Note.create({ text: "Fox" });
    await expect(app.save(note)).rejects.toThrow(OutcomeUnknownError);
    expect(() => note.rewrite({ text: "Dog" })).toThrow(AggregateDeadError);
    expect((await app.repository.get(Note, note.id)).text).toBe("Fox");
  });

  it("stores values of the application's own types", async () => {
    class Money {
      readonly cents: number;
      constructor(cents: number) {
        this.cents = cents;
      }
    }
    const money: Transcoding<Money> = {
      name: "money",
      matches: (value) => value instanceof Money,
      encode: ({ cents }) => cents,
      decode: (cents) => new Money(Number(cents)),
    };
    const Priced = eventFamily("Item", { Priced: { price: z.instanceof(Money) } }).Priced;
    class Item extends aggregate(Priced) {}
    class Shop extends application({ aggregates: [Item], snapshots: { Item: { every: 1 } } }) {}
    const shop = new Shop({ recorder: await create(), transcodings: [money], cacheSize: 0 });
    const item = Item.create({ price: new Money(5) });
    await shop.save(item);
    expect(await shop.snapshots.get(item.id)).toHaveLength(1);
    expect((await shop.repository.get(Item, item.id)).price).toEqual(new Money(5));
    expect((await shop.repository.get(Item, item.id)).price).toBeInstanceOf(Money);
  });
});

describe("withRetry", () => {
  const conflict = () => new VersionConflictError("x", 1, 2);

  it("runs a command again until it no longer conflicts, and resolves to its result", async () => {
    const app = open(memoryRecorder());
    let runs = 0;
    const result = await app.withRetry(async () => {
      runs += 1;
      if (runs < 4) throw conflict();
      return "done";
    });
    expect([result, runs]).toEqual(["done", 4]);
  });

  it("rejects with the conflict after 25 attempts", async () => {
    const random = vi.spyOn(Math, "random").mockReturnValue(0);
    onTestFinished(() => random.mockRestore());
    const app = open(memoryRecorder());
    let runs = 0;
    const losing = app.withRetry(async () => {
      runs += 1;
      throw conflict();
    });
    await expect(losing).rejects.toThrow(VersionConflictError);
    expect(runs).toBe(25);
  });

  it("does not repeat a command that failed with another error", async () => {
    const app = open(memoryRecorder());
    for (const error of [
      new AggregateDeadError("x"),
      new OutcomeUnknownError([], undefined),
      new Error("x"),
    ]) {
      let runs = 0;
      const failing = app.withRetry(async () => {
        runs += 1;
        throw error;
      });
      await expect(failing).rejects.toBe(error);
      expect(runs).toBe(1);
    }
  });

  it("succeeds for each of many concurrent writers", async () => {
    const app = open(memoryRecorder());
    const note = Note.create({ text: "0" });
    await app.save(note);
    await Promise.all(
      Array.from({ length: 20 }, () =>
        app.withRetry(async () => {
          const current = await app.repository.get(Note, note.id);
          current.rewrite({ text: String(Number(current.text) + 1) });
          await app.save(current);
        }),
      ),
    );
    expect((await app.repository.get(Note, note.id)).text).toBe("20");
  });
});

describe("the settings of an application", () => {
  const long = "Fox ".repeat(1_000);

  async function storedBytes(app: Application): Promise<Buffer> {
    const [recording] = await app.save(Note.create({ text: long }));
    return Buffer.from(recording?.notification.state ?? []);
  }

  it("are those of the declaration unless the options replace them", async () => {
    const cases = [
      [NoteTaking, undefined, false],
      [PackedNotes, undefined, true],
      [PackedNotes, "none", false],
      [NoteTaking, "gzip", true],
    ] as const;
    for (const [type, compression, compressed] of cases) {
      const app = new type({ recorder: memoryRecorder(), compression });
      expect((await storedBytes(app)).length < 1_000).toBe(compressed);
    }
  });

  it("are not read from the environment", async () => {
    process.env.NOTETAKING_COMPRESSOR_TOPIC = "gzip";
    try {
      expect((await storedBytes(open(memoryRecorder()))).length).toBeGreaterThan(1_000);
    } finally {
      delete process.env.NOTETAKING_COMPRESSOR_TOPIC;
    }
  });

  it("include cipher keys", async () => {
    const cipherKeys = [{ id: "k1", key: randomBytes(32) }];
    const recorder = memoryRecorder();
    const stored = await storedBytes(open(recorder, { cipherKeys }));
    expect(stored.includes("Fox")).toBe(false);
    const reading = open(recorder, { cipherKeys });
    const [notification] = await reading.notificationLog.select({ start: 1, limit: 1 });
    expect((await reading.repository.get(Note, notification?.originatorId ?? "")).text).toBe(long);
    expect((await storedBytes(open(recorder, { cipherKeys: [] }))).includes("Fox")).toBe(true);
  });

  it("include a custom compressor, whose states stay readable with another setting", async () => {
    const prefix = Uint8Array.of(0xff, 0x01);
    const raw: Compressor = {
      prefix,
      compress: (bytes) => Buffer.concat([prefix, deflateRawSync(bytes)]),
      decompress: (bytes) => inflateRawSync(bytes.subarray(prefix.length)),
    };
    const recorder = memoryRecorder();
    const stored = await storedBytes(open(recorder, { compression: raw }));
    expect([...stored.subarray(0, 2)]).toEqual([...prefix]);
    const later = open(recorder, { compression: "gzip", compressors: [raw] });
    const [notification] = await later.notificationLog.select({ start: 1, limit: 1 });
    expect((await later.repository.get(Note, notification?.originatorId ?? "")).text).toBe(long);
  });

  it("are refused by name if they are invalid", () => {
    const wrong: readonly [Partial<ApplicationOptions>, string][] = [
      [{ compression: "zip" as never }, 'compression must be "gzip", "none" or a compressor'],
      [{ cacheSize: -1 }, "cacheSize must be a whole number from 0"],
      [{ cacheSize: 1.5 }, "cacheSize"],
      [{ snapshots: { Note: { every: 0 } } }, "`every` of the snapshots of Note"],
      [{ snapshots: { Nope: { every: 5 } } }, '"Nope"'],
      [{ recorder: undefined as never }, "the recorder of NoteTaking"],
      [{ recorder: Promise.resolve(memoryRecorder()) as never }, "a promise (an `await` may be missing)"],
    ];
    for (const [options, message] of wrong) {
      expect(() => open(memoryRecorder(), options)).toThrow(InvalidArgumentError);
      expect(() => open(memoryRecorder(), options)).toThrow(message);
    }
  });

  it("cannot have two aggregates or two event types of one name", () => {
    class Other extends aggregate(Begun) {}
    class Twins extends application({ aggregates: [Note, Other] }) {}
    const twin = eventFamily("Note", { Begun: {} }).Begun;
    class TwinEvents extends application({ aggregates: [Note], logEvents: [twin] }) {}
    expect(() => new Twins({ recorder: memoryRecorder() })).toThrow('are called "Note"');
    expect(() => new TwinEvents({ recorder: memoryRecorder() })).toThrow('the topic "Note.Begun"');
  });

  it("include the recorder, which is closed with the application", async () => {
    const app = open(memoryRecorder());
    await app.close();
    await app.close();
    await expect(app.save(Note.create({ text: "" }))).rejects.toThrow(RecorderClosedError);
  });
});
