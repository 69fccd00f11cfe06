import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { asUser, currentUserId } from "../context.ts";
import { AggregateDeadError, InvalidEventDataError, ProgrammingError } from "../errors.ts";
import { createEvent } from "../events/event.ts";
import { eventFamily } from "../events/event-family.ts";
import type { DataOf, DomainEvent, EventOf } from "../events/event-type.ts";
import { NAMESPACE_URL, uuid5 } from "../uuid.ts";
import { Aggregate, beginSave, endSave, revive } from "./aggregate.ts";
import { aggregate, definitionOf, event } from "./aggregate-class.ts";
import type { AggregateState } from "./aggregate-state.ts";

const ID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const PageEvent = eventFamily(
  "Page",
  {
    Created: { title: z.string(), tags: z.array(z.string()).optional() },
    TitleUpdated: { title: z.string() },
    Tagged: { tags: z.array(z.string()) },
    TagAdded: { tag: z.string() },
    Touched: {},
    Unset: {},
  },
  { ambient: { fields: { userId: z.string().nullable() }, values: () => ({ userId: currentUserId() }) } },
);
const { Created, TitleUpdated, Tagged, TagAdded, Touched, Unset } = PageEvent;

class Page extends aggregate(Created) {
  modifiedBy: string | null = "nobody yet";
  revisions = 0;
  labels: string[] = [];
  note: string | undefined = "none";
  refuses = "";

  @event(TitleUpdated)
  updateTitle({ title }: DataOf<typeof TitleUpdated>): void {
    this.title = title;
    if (title === "handler throws") throw new Error("on purpose");
    if (title === "nested") this.updateTitle({ title: "inner" });
  }

  @event(Tagged)
  tag({ tags }: DataOf<typeof Tagged>): void {
    this.labels = tags as string[];
  }

  @event(TagAdded)
  protected pushTag({ tag }: DataOf<typeof TagAdded>): void {
    this.labels.push(tag);
    if (tag === "handler throws") throw new Error("on purpose");
  }

  @event(Unset)
  unset(): void {
    this.note = undefined;
  }

  /** A command that works first, and triggers only where something changes. */
  addTag(tag: string): void {
    if (!this.labels.includes(tag)) this.pushTag({ tag });
  }

  /** An event without a method of its own. */
  touch(): void {
    this.trigger(Touched());
  }

  protected override apply(event: EventOf<typeof PageEvent>): void {
    this.revisions += 1;
    this.modifiedBy = event.data.userId;
    if (this.title === "apply throws") throw new Error("on purpose");
  }
}

const revivePage = (state: AggregateState) => revive(definitionOf(Page), state) as Page;

/** The aggregate that the events make when they are replayed. */
function replayed(page: Page): Page {
  return revivePage(definitionOf(Page).replay(undefined, page.pendingEvents));
}

const fieldsOf = (page: Page) =>
  structuredClone({ ...page, id: page.id, version: page.version, at: page.modifiedAt });

describe("an aggregate", () => {
  it("begins with its created event, whose data are its fields, the initial values first", () => {
    const page = asUser("ann", () => Page.create({ title: "Fox" }));
    expect({ ...page }).toEqual({
      title: "Fox",
      modifiedBy: "ann",
      revisions: 1,
      labels: [],
      note: "none",
      refuses: "",
    });
    expect(page.version).toBe(1);
    expect(page.pendingEvents.map(({ type }) => type)).toEqual(["Page.Created"]);
    expect(page.createdAt).toEqual(page.pendingEvents[0]?.timestamp);
    expect(page).toBeInstanceOf(Page);
    expect(page).toBeInstanceOf(Aggregate);
  });

  it("triggers an event where a decorated method is called, and applies the method and then `apply`", () => {
    const page = Page.create({ title: "Fox" });
    asUser("bob", () => page.updateTitle({ title: "Dog" }));
    page.touch();
    asUser("eve", () => page.addTag("a"));
    page.addTag("a");
    expect(page).toMatchObject({ title: "Dog", revisions: 4, labels: ["a"], modifiedBy: "eve", version: 4 });
    expect(page.pendingEvents.map(({ type, originatorVersion }) => [type, originatorVersion])).toEqual([
      ["Page.Created", 1],
      ["Page.TitleUpdated", 2],
      ["Page.Touched", 3],
      ["Page.TagAdded", 4],
    ]);
  });

  it("is made the same again by its events, and by nothing of whoever reads", () => {
    const page = asUser("ann", () => Page.create({ title: "Fox", tags: ["x"] }));
    asUser("bob", () => page.tag({ tags: ["a"] }));
    page.addTag("b");
    asUser("bob", () => page.unset());
    const read = asUser("reader", () => replayed(page));
    expect(fieldsOf(read)).toEqual(fieldsOf(page));
    expect(read.modifiedBy).toBe("bob");
    expect(read.pendingEvents).toEqual([]);
    expect(read.createdAt).toEqual(page.createdAt);
  });

  it("has the id that it is given, or one made from its data, or a random one", () => {
    const SlugEvent = eventFamily("Slug", { Created: { name: z.string() } });
    const { Created: SlugCreated } = SlugEvent;
    class Slug extends aggregate(SlugCreated, { id: ({ name }) => uuid5(NAMESPACE_URL, `/slugs/${name}`) }) {}
    expect(Slug.create({ name: "fox" }).id).toBe(uuid5(NAMESPACE_URL, "/slugs/fox"));
    expect(Slug.create({ name: "fox" }, ID).id).toBe(ID);
    expect(Page.create({ title: "" }).id).not.toBe(Page.create({ title: "" }).id);
  });

  it("shares nothing that can change with its events, with the data given, or with its dates", () => {
    const tags = ["a"];
    const page = Page.create({ title: "Fox", tags });
    page.tag({ tags });
    tags.push("given");
    page.addTag("b");
    page.modifiedAt.setFullYear(1);
    page.createdAt.setFullYear(1);
    expect(page.labels).toEqual(["a", "b"]);
    expect(page.tags).toEqual(["a"]);
    expect(page.pendingEvents.map(({ data }) => data)).toMatchObject([
      { tags: ["a"] },
      { tags: ["a"] },
      { tag: "b" },
    ]);
    const dates = [page.createdAt, page.modifiedAt, ...page.pendingEvents.map(({ timestamp }) => timestamp)];
    expect(dates.every((date) => date.getFullYear() > 2000)).toBe(true);
    expect(replayed(page).labels).toEqual(["a", "b"]);
  });

  it("cannot be constructed with `new`", () => {
    // @ts-expect-error the constructor is for the library
    expect(() => new Page()).toThrow("Page cannot be constructed by `new`; use Page.create(…)");
  });

  it("shows its type, id, version and state when it is inspected", () => {
    const page = Page.create({ title: "Fox" }, ID);
    expect(inspect(page)).toMatch(
      /^Page 6ba7b810-9dad-41d1-80b4-00c04fd430c8 version 1 \(1 pending\) \{[^}]*title: 'Fox'/s,
    );
  });

  it("does not let an event depend on when it is recorded", () => {
    class Nosy extends Page {
      protected override apply(event: EventOf<typeof PageEvent>): void {
        super.apply(event);
        this.note = String(this.recordedAt);
      }
    }
    expect(() => Nosy.create({ title: "Fox" })).toThrow("`recordedAt` was read while an event of");
  });

  it("checks `ensure` when an event is triggered, and not when it is replayed", () => {
    const { Opened, Withdrawn } = eventFamily("Purse", {
      Opened: { cents: z.int() },
      Withdrawn: { cents: z.int() },
    });
    let limit = 5;
    class Purse extends aggregate(Opened) {
      @event(Withdrawn)
      withdraw({ cents }: DataOf<typeof Withdrawn>): void {
        this.ensure(cents <= limit, () => new RangeError("too much"));
        this.cents -= cents;
      }
    }
    const purse = Purse.create({ cents: 9 });
    expect(() => purse.withdraw({ cents: 6 })).toThrow(RangeError);
    purse.withdraw({ cents: 5 });
    expect(purse.cents).toBe(4);
    limit = 1;
    expect(definitionOf(Purse).replay(undefined, purse.pendingEvents).state).toEqual({ cents: 4 });
  });
});

describe("an event that fails", () => {
  const tagged = () => {
    const page = asUser("ann", () => Page.create({ title: "Fox" }));
    page.tag({ tags: ["a", "b"] });
    return page;
  };
  const failing: readonly [string, (page: Page) => void][] = [
    ["in its method", (page) => page.updateTitle({ title: "handler throws" })],
    ["in its method, after a change within a field", (page) => page.addTag("handler throws")],
    ["in `apply`", (page) => page.updateTitle({ title: "apply throws" })],
    ["triggering another", (page) => page.updateTitle({ title: "nested" })],
    ["in validation", (page) => page.updateTitle({ title: 1 } as never)],
  ];

  it.each(failing)("%s leaves the aggregate as it was", (_, command) => {
    const page = tagged();
    const fields = fieldsOf(page);
    expect(() => command(page)).toThrow();
    expect(fieldsOf(page)).toEqual(fields);
    expect(page.pendingEvents).toHaveLength(2);
    page.updateTitle({ title: "Dog" });
    expect(page.version).toBe(3);
    expect(fieldsOf(replayed(page))).toEqual(fieldsOf(page));
  });

  it.each(failing)(
    "%s leaves an aggregate without pending events, and what was recorded, as they were",
    (_, command) => {
      const recorded = definitionOf(Page).replay(undefined, tagged().pendingEvents);
      const copy = structuredClone(recorded);
      const page = revivePage(recorded);
      expect(() => command(page)).toThrow();
      page.addTag("c");
      expect(page.labels).toEqual(["a", "b", "c"]);
      expect(recorded).toEqual(copy);
    },
  );

  it("says that no event is triggered while one is applied", () => {
    expect(() => tagged().updateTitle({ title: "nested" })).toThrow("while an event of");
  });

  it("of creation makes no aggregate", () => {
    expect(() => Page.create({ title: "apply throws" })).toThrow("on purpose");
    expect(() => Page.create({} as never)).toThrow(InvalidEventDataError);
  });

  it("because it is applied asynchronously says so, and lets no rejection loose", async () => {
    const Family = eventFamily("Slow", { Begun: {}, Done: {} });
    const { Begun, Done } = Family;
    class Slow extends aggregate(Begun) {
      count = 0;
      // @ts-expect-error a method is not asynchronous
      @event(Done)
      async finish(): Promise<void> {
        this.count = 1;
        throw new Error("later");
      }
    }
    class SlowApply extends aggregate(Begun) {
      protected override async apply(): Promise<void> {}
    }
    const slow = Slow.create();
    expect(() => slow.finish()).toThrow("asynchronous");
    expect(slow.count).toBe(0);
    expect(slow.pendingEvents).toHaveLength(1);
    expect(() => SlowApply.create()).toThrow("asynchronous");
    await new Promise(setImmediate);
  });
});

describe("replay", () => {
  const events = () => {
    const page = Page.create({ title: "Fox" });
    page.updateTitle({ title: "Dog" });
    page.tag({ tags: ["a"] });
    page.addTag("b");
    return page.pendingEvents;
  };
  const { replay } = definitionOf(Page);

  it("of all events is that of one after the other, and changes none of its arguments", () => {
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

  it("takes the state for the whole truth: what an event unset stays unset", () => {
    const page = Page.create({ title: "Fox" });
    page.unset();
    const state = definitionOf(Page).replay(undefined, page.pendingEvents);
    const { note: _note, ...stored } = state.state;
    expect(revivePage({ ...state, state: stored }).note).toBeUndefined();
  });

  it("refuses a gap, an event of another, an unknown type, and a beginning that is none", () => {
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

  it("of many events takes time in proportion, as does triggering them", () => {
    const page = Page.create({ title: "Fox" });
    for (let count = 0; count < 5_000; count += 1) page.addTag(`tag ${count % 3_000}`);
    expect(page.version).toBe(3_001);
    expect(replayed(page).labels).toEqual(page.labels);
  });
});

describe("saving", () => {
  it("refuses a field that was changed outside an event, as does the next event", () => {
    const page = Page.create({ title: "Fox" });
    page.title = "Smuggled";
    expect(() => beginSave(page)).toThrow('"title" of Page');
    expect(() => page.touch()).toThrow('is "Smuggled", but its events made it "Fox"');
    page.title = "Fox";
    page.labels.push("smuggled");
    expect(() => beginSave(page)).toThrow('"labels" of Page');
    page.labels.pop();
    expect(beginSave(page).aggregate.state).toMatchObject({ title: "Fox", labels: [] });
  });

  it("refuses a change outside an event also between many events", () => {
    const page = Page.create({ title: "Fox" });
    for (let count = 0; count < 20; count += 1) page.addTag(String(count));
    page.title = "Smuggled";
    page.addTag("last");
    expect(() => beginSave(page)).toThrow('"title" of Page');
    page.title = "Fox";
    expect(beginSave(page).aggregate).toMatchObject({ version: 22 });
  });

  it("once more, or a command, while it is under way is refused; the save itself goes on", () => {
    const page = Page.create({ title: "Fox" });
    const changes = beginSave(page);
    expect(() => beginSave(page)).toThrow("is being saved");
    expect(() => page.updateTitle({ title: "Dog" })).toThrow("is being saved");
    endSave(page, changes.aggregate);
    page.updateTitle({ title: "Dog" });
    expect(page.pendingEvents.map(({ originatorVersion }) => originatorVersion)).toEqual([2]);
    expect(beginSave(page).aggregate).toMatchObject({ version: 2, state: { title: "Dog" } });
  });

  it("leaves an aggregate dead when it failed; it can still be looked at", () => {
    const page = Page.create({ title: "Fox" });
    beginSave(page);
    endSave(page, undefined);
    expect(() => page.updateTitle({ title: "Dog" })).toThrow(AggregateDeadError);
    expect(() => beginSave(page)).toThrow(AggregateDeadError);
    expect(page).toMatchObject({ title: "Fox", version: 1 });
  });
});

describe("the types of aggregates", () => {
  it("are those of the events; anything else is a compile error", () => {
    const attempts = (page: Page) => {
      // @ts-expect-error a field of the created event is missing
      Page.create({});
      // @ts-expect-error a field of the created event has another type
      Page.create({ title: 1 });
      // @ts-expect-error there is no such field
      Page.create({ title: "Fox", colour: "red" });
      // @ts-expect-error the argument of a decorated method is the event's data
      page.updateTitle("Fox");
      // @ts-expect-error a field of the event is missing
      page.updateTitle({});
      // @ts-expect-error a protected method is for the aggregate's own commands
      page.pushTag({ tag: "a" });
      // @ts-expect-error events are triggered by commands
      page.trigger(Touched());
      // @ts-expect-error the field is a string
      page.title = 1;
      // @ts-expect-error the version is counted, not set
      page.version = 2;
    };
    class Wrong extends aggregate(Created) {
      // @ts-expect-error the parameter is not the event's data
      @event(TitleUpdated)
      one(_data: { colour: string }): void {}

      // @ts-expect-error a method has one parameter, the event's data
      @event(Tagged)
      two(_data: DataOf<typeof Tagged>, _more: string): void {}

      // @ts-expect-error a method returns nothing that a caller could get
      @event(TagAdded)
      three(_data: DataOf<typeof TagAdded>): number {
        return 1;
      }
    }
    expect([attempts, Wrong]).toHaveLength(2);
    expect(createEvent(Touched(), ID, 1).type).toBe("Page.Touched");
  });
});
