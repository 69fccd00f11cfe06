import { describe, expect, it } from "vitest";
import { ID, Page, replayed, revivePage } from "../../test/sample-page.ts";
import { ProgrammingError } from "../errors.ts";
import type { DomainEvent } from "../events/event-type.ts";
import { definitionOf } from "./aggregate-class.ts";

describe("replay", () => {
  const events = () => {
    const page = Page.create({ title: "Fox" });
    page.updateTitle({ title: "Dog" });
    page.tag({ tags: ["a"] });
    page.addTag("b");
    return page.pendingEvents;
  };
  const { replay } = definitionOf(Page);

  it("returns the same state for all events at once and one by one, and changes no argument", () => {
    const all = events();
    const copy = structuredClone(all);
    const steps = all.reduce<ReturnType<typeof replay> | undefined>((state, next) => {
      const kept = structuredClone(state);
      const after = replay(state, [next]);
      expect(state).toEqual(kept);
      return after;
    }, undefined);
    expect(steps).toEqual(replay(undefined, all));
    expect(all).toEqual(copy);
  });

  it("does not reset a field that an event unset", () => {
    const page = Page.create({ title: "Fox" });
    page.unset();
    const state = definitionOf(Page).replay(undefined, page.pendingEvents);
    const { note: _note, ...stored } = state.state;
    expect(revivePage({ ...state, state: stored }).note).toBeUndefined();
  });

  it("refuses a gap, another id, an unknown type, and a wrong first event", () => {
    const [created, updated, tagged] = events() as [DomainEvent, DomainEvent, DomainEvent];
    expect(() => replay(undefined, [created, tagged])).toThrow("does not follow");
    expect(() => replay(undefined, [created, { ...updated, originatorId: ID }])).toThrow("does not follow");
    expect(() => replay(undefined, [created, { ...updated, type: "Page.Other" }])).toThrow(
      "not an event of Page",
    );
    expect(() => replay(undefined, [{ ...updated, originatorVersion: 1 }])).toThrow("is Page.Created");
    expect(() => replay(undefined, [created, { ...created, originatorVersion: 2 }])).toThrow(
      "is Page.Created",
    );
    expect(() => replay(undefined, [])).toThrow(ProgrammingError);
  });

  it("takes linear time, as triggering does", () => {
    const page = Page.create({ title: "Fox" });
    for (let count = 0; count < 5_000; count += 1) page.addTag(`tag ${count % 3_000}`);
    expect(page.version).toBe(3_001);
    expect(replayed(page).labels).toEqual(page.labels);
  });
});
