import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { z } from "zod";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { aggregate, event } from "../aggregates/aggregate-class.ts";
import { plainAggregate } from "../aggregates/plain-aggregate.ts";
import { AggregateNotFoundError, InvalidArgumentError, RecorderError } from "../errors.ts";
import type { CipherKey } from "../events/cipher.ts";
import { eventFamily } from "../events/event-family.ts";
import type { DataOf } from "../events/event-type.ts";
import type { Recorder, StoredSnapshot } from "../recorder/recorder.ts";
import { type Application, type ApplicationOptions, application } from "./application.ts";

const ID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const NoteEvent = eventFamily("Note", { Begun: { lines: z.array(z.string()) }, Added: { line: z.string() } });
const { Begun, Added } = NoteEvent;

class Note extends aggregate(Begun) {
  @event(Added)
  add({ line }: DataOf<typeof Added>): void {
    this.lines = [...this.lines, line];
  }
}

/** The same, as it became when its fields had another meaning. */
class NewNote extends aggregate(Begun, { schemaVersion: 2 }) {
  @event(Added)
  add({ line }: DataOf<typeof Added>): void {
    this.lines = [...this.lines, line.toUpperCase()];
  }
}

const CounterEvent = eventFamily("Counter", { Counted: {} });
const { Counted } = CounterEvent;
const counter = plainAggregate({
  events: CounterEvent,
  initial: { counts: [] as number[] },
  evolve: ({ counts }, { originatorVersion }) => ({ counts: [...counts, originatorVersion] }),
});

class Notes extends application({ aggregates: [Note, counter], snapshots: { Note: { every: 5 } } }) {}

class NewNotes extends application({ aggregates: [NewNote], snapshots: { Note: { every: 5 } } }) {}

interface Handle {
  readonly app: Notes;
  readonly failures: unknown[];
}

function open(recorder: Recorder, options: Partial<ApplicationOptions> = {}): Handle {
  const failures: unknown[] = [];
  const app = new Notes({
    recorder,
    onSnapshotFailure: (error) => failures.push(error),
    ...options,
  });
  return { app, failures };
}

async function saved(app: Application, events: number): Promise<Note> {
  const note = Note.create({ lines: ["1"] });
  for (let version = 2; version <= events; version += 1) note.add({ line: String(version) });
  await app.save(note);
  await app.snapshots.flush();
  return note;
}

const upTo = (version: number) => Array.from({ length: version }, (_, index) => String(index + 1));
const versions = (snapshots: readonly StoredSnapshot[]) => snapshots.map((each) => each.originatorVersion);

/** Puts in place of a snapshot one that says something else, so that its use shows. */
async function lie({ app }: Handle, id: string, version: number, lines: readonly string[]): Promise<void> {
  const { id: _id, createdAt, modifiedAt } = await app.repository.get(Note, id, { version });
  const definition = {
    aggregateName: "Note",
    schemaVersion: 1,
    eventTypes: [],
    replay: () => Promise.reject(),
  };
  await app.snapshots.put(definition as never, { id, version, createdAt, modifiedAt, state: { lines } });
}

/** A recorder whose snapshots cannot be written, and as told cannot be read. */
function withoutSnapshots(recorder: Recorder, { reading }: { reading: boolean }): Recorder {
  const fail = () => Promise.reject(new RecorderError("On purpose", "the disk is full"));
  return new Proxy(recorder, {
    get(target, name) {
      if (name === "insertSnapshot" || (name === "selectSnapshots" && !reading)) return fail;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

onEachRecorder("the repository", (create) => {
  it("returns an aggregate at its current version and at each earlier one", async () => {
    for (const cacheSize of [0, 1, 10]) {
      const { app } = open(await create(), { cacheSize });
      const { id } = await saved(app, 12);
      for (let version = 1; version <= 12; version += 1) {
        const note = await app.repository.get(Note, id, { version });
        expect(note).toMatchObject({ version, lines: upTo(version) });
      }
      const note = await app.repository.get(Note, id);
      expect(note).toBeInstanceOf(Note);
      expect(note).toMatchObject({ id, version: 12, lines: upTo(12) });
      expect(await app.repository.find(Note, id, { version: 7 })).toMatchObject({
        version: 7,
        lines: upTo(7),
      });
    }
  });

  it("finds no aggregate for unknown ids, later versions and ids of other types", async () => {
    const { app, failures } = open(await create());
    const { id } = await saved(app, 3);
    const counting = counter.begin([Counted({})]);
    await app.save(counting);
    const missing: readonly [string, number | undefined][] = [
      [ID, undefined],
      ["not a UUID", undefined],
      [id, 4],
      [id, 0],
      [id, -1],
      [counting.aggregate.id, undefined],
      [counting.aggregate.id, 1],
    ];
    for (const [wanted, version] of missing) {
      const get = app.repository.get(Note, wanted, { version });
      await expect(get, `${wanted} ${version}`).rejects.toThrow(AggregateNotFoundError);
      expect(await app.repository.find(Note, wanted, { version }), `${wanted} ${version}`).toBeUndefined();
    }
    await expect(app.repository.get(counter, id)).rejects.toThrow(AggregateNotFoundError);
    expect(await app.repository.find(counter, id)).toBeUndefined();
    for (const version of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(app.repository.get(Note, id, { version })).rejects.toThrow(InvalidArgumentError);
      await expect(app.repository.find(Note, id, { version })).rejects.toThrow(InvalidArgumentError);
    }
    expect(failures).toEqual([]);
    await expect(app.repository.get(Note, ID, { version: 3 })).rejects.toThrow(`No Note ${ID} at version 3`);
  });

  it("loads aggregates with long histories in parts", async () => {
    const { app } = open(await create(), { cacheSize: 0, snapshots: { Note: { every: 1_000_000 } } });
    const begun = counter.begin([Counted({})]);
    const { id } = begun.aggregate;
    await app.save(begun);
    for (const until of [999, 1_000, 1_001, 2_500]) {
      const current = await app.repository.get(counter, id);
      const more = Array.from({ length: until - current.version }, () => Counted({}));
      await app.save(counter.trigger(current, more));
      expect((await app.repository.get(counter, id)).state.counts.length).toBe(until);
      expect((await app.repository.get(counter, id, { version: until - 1 })).version).toBe(until - 1);
      const beyond = app.repository.get(counter, id, { version: until + 1 });
      await expect(beyond).rejects.toThrow(AggregateNotFoundError);
    }
  });

  it("returns the latest version although another writer saves and a slower reader finishes later", async () => {
    const recorder = await create();
    const [here, there] = [open(recorder).app, open(recorder).app];
    const { id } = await saved(here, 2);
    const other = await there.repository.get(Note, id);
    other.add({ line: "3" });
    await there.save(other);
    expect((await here.repository.get(Note, id)).lines).toEqual(upTo(3));
    const [, writer] = await Promise.all([here.repository.get(Note, id), here.repository.get(Note, id)]);
    writer.add({ line: "4" });
    await Promise.all([here.save(writer), here.repository.get(Note, id), there.repository.get(Note, id)]);
    expect((await here.repository.get(Note, id)).lines).toEqual(upTo(4));
    expect((await there.repository.get(Note, id)).lines).toEqual(upTo(4));
  });

  it("returns a separate copy to each caller", async () => {
    const { app } = open(await create());
    const { id } = await saved(app, 1);
    const [one, two] = await Promise.all([app.repository.get(Note, id), app.repository.get(Note, id)]);
    (one.lines as string[]).push("mine");
    one.createdAt.setFullYear(1);
    expect(two.lines).toEqual(["1"]);
    const counting = counter.begin([Counted({})]);
    await app.save(counting);
    counting.aggregate.state.counts.push(99);
    const first = await app.repository.get(counter, counting.aggregate.id);
    first.state.counts.push(98);
    first.modifiedAt.setFullYear(1);
    const second = await app.repository.get(counter, counting.aggregate.id);
    expect(second.state.counts).toEqual([1]);
    expect(second.modifiedAt.getFullYear()).toBeGreaterThan(2000);
    expect((await app.repository.get(Note, id)).createdAt.getFullYear()).toBeGreaterThan(2000);
  });

  it("caches only recorded states", async () => {
    const recorder = await create();
    const { app } = open(recorder);
    const { id } = await saved(app, 1);
    const [winner, loser] = [await app.repository.get(Note, id), await app.repository.get(Note, id)];
    winner.add({ line: "2" });
    loser.add({ line: "lost" });
    await app.save(winner);
    await expect(app.save(loser)).rejects.toThrow("next version is 3");
    const unsaved = await app.repository.get(Note, id);
    unsaved.add({ line: "never saved" });
    expect((await app.repository.get(Note, id)).lines).toEqual(upTo(2));
    expect((await open(recorder).app.repository.get(Note, id)).lines).toEqual(upTo(2));
  });

  it("caches the configured number of aggregates, evicting the least recently used", async () => {
    const recorder = await create();
    let read = 0;
    const counted = new Proxy(recorder, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name === "selectSnapshots") read += 1;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const { app } = open(counted, { cacheSize: 2 });
    const [one, two, three] = [await saved(app, 1), await saved(app, 1), await saved(app, 1)];
    const readsOf = async ({ id }: Note) => {
      read = 0;
      expect((await app.repository.get(Note, id)).id).toBe(id);
      return read;
    };
    expect(await readsOf(two)).toBe(0);
    expect(await readsOf(one)).toBe(1);
    expect(await readsOf(two)).toBe(0);
    expect(await readsOf(three)).toBe(1);
    expect(await readsOf(one)).toBe(1);
  });
});

onEachRecorder("snapshots", (create) => {
  it("are taken when a save crosses a multiple of the interval, by one event or by several", async () => {
    const { app } = open(await create());
    const note = await saved(app, 4);
    expect(await app.snapshots.get(note.id)).toEqual([]);
    note.add({ line: "5" });
    await app.save(note);
    expect(versions(await app.snapshots.get(note.id))).toEqual([5]);
    for (const line of ["6", "7", "8", "9"]) note.add({ line });
    await app.save(note);
    expect(versions(await app.snapshots.get(note.id))).toEqual([5]);
    for (let line = 10; line <= 23; line += 1) note.add({ line: String(line) });
    await app.save(note);
    expect(versions(await app.snapshots.get(note.id))).toContain(23);
  });

  it("are used if they are valid", async () => {
    const recorder = await create();
    const handle = open(recorder, { cacheSize: 0 });
    const { id } = await saved(handle.app, 7);
    await lie(handle, id, 7, ["a lie"]);
    expect((await handle.app.repository.get(Note, id)).lines).toEqual(["a lie"]);
    expect((await handle.app.repository.get(Note, id, { version: 7 })).lines).toEqual(["a lie"]);
    expect((await handle.app.repository.get(Note, id, { version: 6 })).lines).toEqual(upTo(6));
    const note = await handle.app.repository.get(Note, id);
    note.add({ line: "8" });
    await handle.app.save(note);
    expect((await handle.app.repository.get(Note, id)).lines).toEqual(["a lie", "8"]);
  });

  it("are ignored if they have another schema version, and replaced by that load", async () => {
    const recorder = await create();
    const { id } = await saved(open(recorder).app, 6);
    const app = new NewNotes({ recorder });
    const note = await app.repository.get(NewNote, id);
    note.add({ line: "seven" });
    expect(note.lines).toEqual([...upTo(6), "SEVEN"]);
    expect(versions(await app.snapshots.get(id))).toEqual([6]);
    expect((await open(recorder).app.repository.get(Note, id)).lines).toEqual(upTo(6));
  });

  it("are ignored, reported and replaced if they cannot be decrypted", async () => {
    const recorder = await create();
    const key = (id: string): CipherKey => ({ id, key: randomBytes(32) });
    const plain = open(recorder);
    const { id } = await saved(plain.app, 6);
    const encrypting = open(recorder, { cipherKeys: [key("lost")] });
    await encrypting.app.takeSnapshot(Note, id);
    const { app, failures } = open(recorder, { cacheSize: 0, cipherKeys: [key("other")] });
    expect((await app.repository.get(Note, id)).lines).toEqual(upTo(6));
    await app.snapshots.flush();
    expect(failures.map(String)).toEqual([expect.stringContaining('the key "lost"')]);
    expect((await app.repository.get(Note, id)).lines).toEqual(upTo(6));
    expect(failures).toHaveLength(1);
  });

  it("fail no command if they cannot be written, and are taken by the next load that replays as much", async () => {
    const recorder = await create();
    const broken = open(withoutSnapshots(recorder, { reading: true }));
    const { id } = await saved(broken.app, 5);
    expect(broken.failures).toHaveLength(1);
    expect((await broken.app.repository.get(Note, id)).lines).toEqual(upTo(5));
    const { app, failures } = open(recorder);
    expect(await app.snapshots.get(id)).toEqual([]);
    expect((await app.repository.get(Note, id)).lines).toEqual(upTo(5));
    expect(versions(await app.snapshots.get(id))).toEqual([5]);
    expect(failures).toEqual([]);
  });

  it("are ignored if they cannot be read, even if the listener throws", async () => {
    const recorder = await create();
    const { id } = await saved(open(recorder).app, 5);
    const { app, failures } = open(withoutSnapshots(recorder, { reading: false }));
    expect((await app.repository.get(Note, id)).lines).toEqual(upTo(5));
    await app.snapshots.flush();
    expect(failures).toHaveLength(2);
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    const deaf = open(withoutSnapshots(recorder, { reading: false }), {
      onSnapshotFailure: () => {
        throw new Error("the listener failed");
      },
    });
    const note = await saved(deaf.app, 5);
    note.add({ line: "6" });
    await deaf.app.save(note);
    expect((await warned).message).toBe("the listener failed");
  });

  it("can be taken explicitly, also of an earlier version", async () => {
    const handle = open(await create(), { cacheSize: 0, snapshots: { Note: { every: 1_000 } } });
    const { app } = handle;
    const { id } = await saved(app, 130);
    await app.takeSnapshot(Note, id, { version: 100 });
    expect(versions(await app.snapshots.get(id))).toEqual([100]);
    await lie(handle, id, 100, ["a lie"]);
    expect((await app.repository.get(Note, id, { version: 101 })).lines).toEqual(["a lie", "101"]);
    await app.takeSnapshot(Note, id);
    expect(versions(await app.snapshots.get(id))).toEqual([100, 130]);
    await expect(app.takeSnapshot(Note, id, { version: 131 })).rejects.toThrow(AggregateNotFoundError);
    const counting = counter.begin([Counted({}), Counted({})]);
    await app.save(counting);
    await app.takeSnapshot(counter, counting.aggregate.id);
    expect((await app.repository.get(counter, counting.aggregate.id)).state.counts).toEqual([1, 2]);
  });
});
