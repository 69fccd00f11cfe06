import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { AggregateDefinition, AggregateState } from "../aggregates/aggregate-state.ts";
import { AggregateCache } from "./aggregate-cache.ts";

const definition = { aggregateName: "Note" } as AggregateDefinition;
const other = { aggregateName: "Other" } as AggregateDefinition;

function noteOf(text: string): AggregateState {
  const at = new Date(0);
  return { id: randomUUID(), version: 1, createdAt: at, modifiedAt: at, state: { text } };
}

function kept(cache: AggregateCache, notes: readonly AggregateState[]): number[] {
  return notes.flatMap(({ id }, index) => (cache.get(definition, id) === undefined ? [] : [index]));
}

it("evicts the least recently used states", () => {
  const cache = new AggregateCache(2);
  const notes = ["a", "b", "c"].map(noteOf);
  for (const note of notes.slice(0, 2)) cache.set(definition, note);
  cache.set(definition, notes[0] as AggregateState);
  cache.set(definition, notes[2] as AggregateState);
  expect(kept(cache, notes)).toEqual([0, 2]);
});

it("keeps fewer states if they are large, and none larger than the cache", () => {
  const cache = new AggregateCache(1_000);
  const large = Array.from({ length: 10 }, () => noteOf("x".repeat(5 * 1024 * 1024)));
  for (const note of large) cache.set(definition, note);
  expect(kept(cache, large)).toEqual([4, 5, 6, 7, 8, 9]);
  const tooLarge = noteOf("x".repeat(40 * 1024 * 1024));
  cache.set(definition, tooLarge);
  expect(kept(cache, [tooLarge])).toEqual([]);
  expect(kept(cache, large)).toEqual([4, 5, 6, 7, 8, 9]);
  const small = Array.from({ length: 100 }, () => noteOf("small"));
  for (const note of small) cache.set(definition, note);
  expect(kept(cache, small)).toHaveLength(100);
});

it("counts the current size of a state that grows or shrinks", () => {
  const cache = new AggregateCache(1_000);
  const note = noteOf("x".repeat(20 * 1024 * 1024));
  cache.set(definition, note);
  for (let version = 2; version < 10; version += 1) cache.set(definition, { ...note, version });
  cache.set(definition, { ...note, version: 10, state: { text: "" } });
  const next = noteOf("x".repeat(30 * 1024 * 1024));
  cache.set(definition, next);
  expect(kept(cache, [note, next])).toEqual([0, 1]);
});

it("stores nothing at size 0, and returns a state only for its own definition", () => {
  const none = new AggregateCache(0);
  const note = noteOf("a");
  none.set(definition, note);
  expect(none.get(definition, note.id)).toBeUndefined();
  const cache = new AggregateCache(1);
  cache.set(definition, note);
  expect(cache.get(other, note.id)).toBeUndefined();
});
