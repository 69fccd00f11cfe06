import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { plainAggregate } from "../aggregates/plain-aggregate.ts";
import { fromStoredSnapshot, toStoredSnapshot } from "../application/snapshots.ts";
import { withContext } from "../context.ts";
import {
  EventVersionUnknownError,
  InvalidEventDataError,
  LimitExceededError,
  ProgrammingError,
  UnknownTopicError,
  UnreadableStateError,
} from "../errors.ts";
import type { StoredEvent } from "../recorder/recorder.ts";
import { Cipher, type CipherKey } from "./cipher.ts";
import type { Compression } from "./compressor.ts";
import { createEvent } from "./event.ts";
import { eventFamily, eventType } from "./event-family.ts";
import type { EventType } from "./event-type.ts";
import { Mapper } from "./mapper.ts";
import { JsonTranscoder } from "./transcoder.ts";

const ID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const NoteEvent = eventFamily("Note", {
  Written: {
    text: z.string(),
    due: z.date().optional(),
    size: z.bigint().optional(),
  },
});
const { Written } = NoteEvent;

interface Settings {
  readonly compression?: Compression;
  readonly keys?: readonly CipherKey[];
}

function mapperOf(types: readonly EventType[], { compression = "none", keys = [] }: Settings = {}): Mapper {
  return new Mapper(types, { transcoder: new JsonTranscoder(), compression, cipher: new Cipher(keys) });
}

function write(mapper: Mapper, text = "Fox"): StoredEvent {
  return { ...mapper.toStoredEvent(createEvent(Written({ text }), ID, 1)), originatorVersion: 1 };
}

const rewritten = (
  stored: StoredEvent,
  change: (state: Record<string, unknown>) => unknown,
): StoredEvent => ({
  ...stored,
  state: Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(stored.state).toString())))),
});

const key: CipherKey = { id: "k1", key: randomBytes(32) };
const SETTINGS: readonly Settings[] = [
  {},
  { compression: "gzip" },
  { keys: [key] },
  { compression: "gzip", keys: [key] },
  { compression: "gzip", keys: [{ id: "k2", key: randomBytes(32) }, key] },
];

describe("the mapper", () => {
  it("reads a stored event with all its fields", () => {
    const mapper = mapperOf([Written]);
    const event = withContext({ correlationId: "c", causationId: "e" }, () =>
      createEvent(Written({ text: "\ud800 Fox", due: new Date(5), size: 2n ** 70n }), ID, 3),
    );
    const stored = { ...mapper.toStoredEvent(event), originatorVersion: 3 };
    expect(stored).toMatchObject({ eventId: event.id, originatorId: ID, topic: "Note.Written" });
    expect(mapper.toDomainEvent(stored)).toEqual(event);
  });

  it("writes plain JSON by default", () => {
    const stored = write(new Mapper([Written]));
    expect(JSON.parse(Buffer.from(stored.state).toString()).data).toEqual({ text: "Fox" });
    expect(mapperOf([Written]).toDomainEvent(stored)).toEqual(new Mapper([Written]).toDomainEvent(stored));
  });

  it("stores few bytes beside the data", () => {
    const bytes = Buffer.from(write(mapperOf([Written]), "Fox").state).toString();
    expect(bytes).toMatch(/^\{"at":\d+,"data":\{"text":"Fox"\}\}$/);
  });

  it("reads states written with any settings if it has the keys", () => {
    for (const text of ["short", "long ".repeat(1_000)]) {
      for (const writing of SETTINGS) {
        const stored = write(mapperOf([Written], writing), text);
        for (const reading of SETTINGS) {
          const lastKey = writing.keys?.[0]?.id;
          const opens = lastKey === undefined || (reading.keys ?? []).some(({ id }) => id === lastKey);
          const read = () => mapperOf([Written], reading).toDomainEvent(stored).data;
          if (opens) expect(read()).toEqual({ text });
          else expect(read).toThrow(UnreadableStateError);
        }
      }
    }
  });

  it("refuses bytes moved to another event or topic, and bytes that are not its own", () => {
    const Other = eventFamily("Other", { Written: { text: z.string() } }).Written;
    const mapper = mapperOf([Written, Other], { keys: [key] });
    const [stored, other] = [write(mapper), write(mapper)];
    expect(() => mapper.toDomainEvent({ ...other, state: stored.state })).toThrow(UnreadableStateError);
    expect(() => mapper.toDomainEvent({ ...stored, topic: Other.topic })).toThrow(UnreadableStateError);
    for (const text of [
      "",
      "{",
      "null",
      "1",
      '"x"',
      "[]",
      "{}",
      '{"at":1}',
      '{"at":"x","data":{}}',
      '{"at":1,"v":0,"data":{}}',
    ]) {
      expect(() => mapper.toDomainEvent({ ...stored, state: Buffer.from(text) }), text).toThrow(
        UnreadableStateError,
      );
    }
    expect(() => mapper.toDomainEvent({ ...stored, state: Buffer.from([0x1f, 0x8b, 1, 2]) })).toThrow(
      UnreadableStateError,
    );
  });

  it("writes and reads large states in threads as on the calling thread", async () => {
    for (const settings of SETTINGS) {
      const mapper = mapperOf([Written], settings);
      for (const text of [
        "short",
        "long \ud800é𝄞 ".repeat(50_000),
        randomBytes(100_000).toString("base64"),
      ]) {
        const event = createEvent(Written({ text }), ID, 1);
        const stored = { ...(await mapper.toStoredEventAsync(event)), originatorVersion: 1 };
        expect(await mapper.toDomainEventAsync(stored)).toEqual(event);
        expect(mapper.toDomainEvent(stored)).toEqual(event);
        const alike = { ...mapper.toStoredEvent(event), originatorVersion: 1 };
        expect(await mapper.toDomainEventAsync(alike)).toEqual(event);
        if (settings.keys === undefined) expect(Buffer.from(stored.state).equals(alike.state)).toBe(true);
      }
    }
  });

  it("refuses damaged large states that it reads in threads", async () => {
    const mapper = mapperOf([Written], { compression: "gzip" });
    const stored = write(mapper, randomBytes(200_000).toString("base64"));
    const damaged = { ...stored, state: Buffer.from(stored.state).fill(7, 100_000, 100_100) };
    await expect(mapper.toDomainEventAsync(damaged)).rejects.toThrow(UnreadableStateError);
    const unknown = { ...stored, topic: "Note.Unknown" };
    await expect(mapper.toDomainEventAsync(unknown)).rejects.toThrow(UnknownTopicError);
  });

  it("ignores unknown fields of the stored bytes", () => {
    const mapper = mapperOf([Written]);
    const stored = write(mapper);
    const forged = rewritten(stored, (state) => ({ ...state, type: "Note.Forged", id: "x", later: 1 }));
    expect(mapper.toDomainEvent(forged)).toEqual(mapper.toDomainEvent(stored));
  });

  it("validates data that it reads, ignoring unknown fields", () => {
    const mapper = mapperOf([Written]);
    const later = rewritten(write(mapper), (state) => ({ ...state, data: { text: "Fox", later: 1 } }));
    expect(mapper.toDomainEvent(later).data).toMatchObject({ text: "Fox" });
    const wrong = rewritten(write(mapper), (state) => ({ ...state, data: { text: 1 } }));
    expect(() => mapper.toDomainEvent(wrong)).toThrow(InvalidEventDataError);
  });

  it("refuses to read and write unknown topics, and refuses types that share one", () => {
    const stored = write(mapperOf([Written]));
    expect(() => mapperOf([]).toDomainEvent(stored)).toThrow(UnknownTopicError);
    expect(() => write(mapperOf([]))).toThrow(UnknownTopicError);
    const twin = eventFamily("Note", { Written: {} }).Written;
    expect(() => mapperOf([Written, twin])).toThrow(ProgrammingError);
    expect(() => mapperOf([Written, Written])).not.toThrow();
  });

  it("refuses to write a state over the limit", () => {
    const huge = createEvent(Written({ text: "x".repeat(64 * 1024 * 1024) }), ID, 1);
    expect(() => mapperOf([Written]).toStoredEvent(huge)).toThrow(LimitExceededError);
  });
});

describe("upcasting", () => {
  const versions = [
    eventFamily("Task", { Added: { name: z.string() } }).Added,
    eventFamily("Task", {
      Added: eventType({ title: z.string() }, { upcasts: [({ name }) => ({ title: name })] }),
    }).Added,
    eventFamily("Task", {
      Added: eventType(
        { title: z.string(), done: z.boolean() },
        { upcasts: [({ name }) => ({ title: name }), (data) => ({ ...data, done: false })] },
      ),
    }).Added,
  ] as const;
  const [first, second, third] = versions;
  const stored = [
    mapperOf([first]).toStoredEvent(createEvent(first({ name: "Fox" }), ID, 1)),
    mapperOf([second]).toStoredEvent(createEvent(second({ title: "Fox" }), ID, 1)),
    mapperOf([third]).toStoredEvent(createEvent(third({ title: "Fox", done: true }), ID, 1)),
  ].map((event) => ({ ...event, originatorVersion: 1 }));

  it("upcasts each older version, and leaves the current one unchanged", () => {
    const data = stored.map((event) => mapperOf([third]).toDomainEvent(event).data);
    expect(data).toEqual([
      { title: "Fox", done: false },
      { title: "Fox", done: false },
      { title: "Fox", done: true },
    ]);
  });

  it("refuses an unknown newer version", () => {
    for (const [older, type] of versions.entries()) {
      for (const event of stored.slice(older + 1)) {
        expect(() => mapperOf([type]).toDomainEvent(event)).toThrow(EventVersionUnknownError);
      }
    }
  });

  it("validates the upcast data", () => {
    const broken = eventFamily("Task", {
      Added: eventType({ title: z.string() }, { upcasts: [() => ({ title: 1 })] }),
    }).Added;
    const [oldest] = stored;
    expect(() => oldest && mapperOf([broken]).toDomainEvent(oldest)).toThrow(InvalidEventDataError);
  });
});

describe("a snapshot", () => {
  const definition = (schemaVersion: number) =>
    plainAggregate({
      events: NoteEvent,
      initial: { at: new Date(0) },
      evolve: (state) => state,
      schemaVersion,
    });
  const aggregate = {
    id: ID,
    version: 5,
    createdAt: new Date(1),
    modifiedAt: new Date(2),
    state: { at: new Date(3), ["__proto__"]: { a: 1 } },
    recordedAt: { first: new Date(11), last: new Date(12) },
  };
  const content = {
    id: ID,
    version: 5,
    state: aggregate.state,
    recordedAt: aggregate.recordedAt,
    timestamps: { first: aggregate.createdAt, last: aggregate.modifiedAt },
  };

  it("restores the state with and without compression and encryption", async () => {
    for (const settings of SETTINGS) {
      const mapper = mapperOf([Written], settings);
      const stored = await toStoredSnapshot(mapper, definition(1), aggregate);
      expect(await fromStoredSnapshot(mapper, definition(1), stored)).toEqual(content);
    }
  });

  it("is ignored for another schema version or aggregate, and cannot be moved", async () => {
    const mapper = mapperOf([Written], { keys: [key] });
    const stored = await toStoredSnapshot(mapper, definition(1), aggregate);
    expect(await fromStoredSnapshot(mapper, definition(2), stored)).toBeUndefined();
    expect(
      await fromStoredSnapshot(mapper, definition(1), { ...stored, topic: "Other.Snapshot" }),
    ).toBeUndefined();
    const moved = { ...stored, originatorVersion: 6 };
    await expect(fromStoredSnapshot(mapper, definition(1), moved)).rejects.toThrow(UnreadableStateError);
    const damaged = { ...stored, state: Buffer.from("null") };
    await expect(fromStoredSnapshot(mapper, definition(1), damaged)).rejects.toThrow(UnreadableStateError);
  });
});
