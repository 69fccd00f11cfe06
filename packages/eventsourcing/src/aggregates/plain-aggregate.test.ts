import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { InvalidEventDataError, ProgrammingError } from "../errors.ts";
import { createEvent } from "../events/event.ts";
import { eventFamily } from "../events/event-family.ts";
import type { DataOf, EventOf, NewEvent } from "../events/event-type.ts";
import { aggregate, definitionOf, event } from "./aggregate-class.ts";
import type { AggregateDefinition, AggregateState } from "./aggregate-state.ts";
import { plainAggregate } from "./plain-aggregate.ts";

const ID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const ListEvent = eventFamily("List", {
  Begun: { name: z.string() },
  Added: { items: z.array(z.string()) },
  Cleared: {},
});
const { Begun, Added, Cleared } = ListEvent;

type ListEvents = EventOf<typeof ListEvent>;

interface ListState {
  readonly name: string;
  readonly items: readonly string[];
}

const list = plainAggregate<ListState, EventOf<typeof ListEvent>>({
  events: ListEvent,
  initial: { name: "", items: [] },
  evolve: (state, event) => {
    if (Begun.matches(event)) return { ...state, name: event.data.name };
    if (Added.matches(event)) return { ...state, items: [...state.items, ...event.data.items] };
    return Cleared.matches(event) ? { ...state, items: [] } : state;
  },
});

/** The same, by an `evolve` that changes what it is given and keeps parts of its events. */
const careless = plainAggregate<{ name: string; items: string[] }, EventOf<typeof ListEvent>>({
  events: ListEvent,
  initial: { name: "", items: [] },
  evolve: (state, event) => {
    if (Begun.matches(event)) state.name = event.data.name;
    if (Added.matches(event) && state.items.length === 0) state.items = event.data.items as string[];
    else if (Added.matches(event)) state.items.push(...event.data.items);
    if (Cleared.matches(event)) state.items.length = 0;
    return state;
  },
});

class List extends aggregate(Begun) {
  items: string[] = [];
  @event(Added)
  add({ items }: DataOf<typeof Added>): void {
    this.items.push(...items);
  }
  @event(Cleared)
  clear(): void {
    this.items.length = 0;
  }
}

const more = fc.array(
  fc.oneof(
    fc.array(fc.string(), { maxLength: 3 }).map((items): NewEvent<ListEvents> => Added({ items })),
    fc.constant<NewEvent<ListEvents>>(Cleared()),
  ),
  { maxLength: 12 },
);
const happened = more.map(
  (newEvents) =>
    [Begun({ name: "Fox" }), ...newEvents].map((newEvent, index) =>
      createEvent(newEvent, ID, index + 1),
    ) as ListEvents[],
);

describe("an aggregate of plain functions", () => {
  it("has the same state as the class, for events replayed at once, one by one or in two parts", () => {
    fc.assert(
      fc.property(happened, fc.nat(12), (events, cut) => {
        const kept = structuredClone(events);
        const { state, ...rest } = list.replay(undefined, events);
        for (const definition of [list, careless, definitionOf(List)] as AggregateDefinition[]) {
          const whole = definition.replay(undefined, events);
          expect(whole.state).toEqual(state);
          expect(whole).toMatchObject(rest);
          const steps = events.reduce<AggregateState<unknown> | undefined>(
            (current, next) => definition.replay(current as never, [next]),
            undefined,
          );
          expect(steps).toEqual(whole);
          const first = events.slice(0, cut);
          const half = first.length === 0 ? undefined : definition.replay(undefined, first);
          expect(definition.replay(half as never, events.slice(cut))).toEqual(whole);
          if (half !== undefined) expect(half).toEqual(definition.replay(undefined, first));
        }
        expect(events).toEqual(kept);
      }),
    );
  });

  it("begins, and continues from a loaded state or from unsaved changes", () => {
    const begun = list.begin([Begun({ name: "Fox" }), Added({ items: ["a"] })], ID);
    expect(begun.aggregate).toMatchObject({ id: ID, version: 2, state: { name: "Fox", items: ["a"] } });
    const more = list.trigger(begun, [Cleared({})]);
    expect(more.pending.map(({ originatorVersion }) => originatorVersion)).toEqual([1, 2, 3]);
    const later = list.trigger(more.aggregate, [Added({ items: ["b"] })]);
    expect(later.pending.map(({ originatorVersion }) => originatorVersion)).toEqual([4]);
    expect(later.aggregate.state.items).toEqual(["b"]);
    expect(begun.aggregate.state.items).toEqual(["a"]);
    expect(list.begin([Begun({ name: "" })]).aggregate.id).not.toBe(ID);
  });

  it("refuses wrong data, foreign events, gaps and an empty list of events", () => {
    const Other = eventFamily("Other", { Happened: {} }).Happened;
    expect(() => list.begin([])).toThrow(ProgrammingError);
    expect(() => list.begin([Begun({ name: 1 as never })])).toThrow(InvalidEventDataError);
    // @ts-expect-error an event of another family
    expect(() => list.begin([Other()])).toThrow("not an event of List");
    expect(() => list.replay(undefined, [createEvent(Cleared(), ID, 2) as ListEvents])).toThrow(
      "does not follow",
    );
  });
});
