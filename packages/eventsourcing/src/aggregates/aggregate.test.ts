import { describe, expect, it } from "vitest";
import { z } from "zod";
import { asUser, currentUserId } from "../context.ts";
import { AggregateDeadError, InvalidEventDataError, ProgrammingError } from "../errors.ts";
import { type DataOf, type DomainEvent, type EventOf, eventFamily, occur } from "../events/event.ts";
import { NAMESPACE_URL, uuid5 } from "../uuid.ts";
import { Aggregate, aggregate, beginSave, definitionOf, endSave, event, revive } from "./aggregate.ts";

const ID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const PageEvent = eventFamily("Page", { userId: z.string().nullable() }, () => ({ userId: currentUserId() }));
const Created = PageEvent("Created", { title: z.string(), tags: z.array(z.string()).optional() });
const TitleUpdated = PageEvent("TitleUpdated", { title: z.string() });
const Tagged = PageEvent("Tagged", { tags: z.array(z.string()) });
const TagAdded = PageEvent("TagAdded", { tag: z.string() });
const Touched = PageEvent("Touched", {});
const Unset = PageEvent("Unset", {});

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
  unset(_data: DataOf<typeof Unset>): void {
    this.note = undefined;
  }

  /** A command that works first, and triggers only where something changes. */
  addTag(tag: string): void {
    if (!this.labels.includes(tag)) this.pushTag({ tag });
  }

  /** An event without a method of its own. */
  touch(): void {
    this.trigger(Touched({}));
  }

  protected override apply(event: EventOf<typeof PageEvent>): void {
    this.revisions += 1;
    this.modifiedBy = event.data.userId;
    if (this.title === "apply throws") throw new Error("on purpose");
  }
}

/** What the aggregate's events say, applied anew. */
function replayed(page: Page): Page {
  return revive(Page, definitionOf(Page).replay(undefined, page.pendingEvents));
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
    asUser("bob", () => page.unset({}));
    const read = asUser("reader", () => replayed(page));
    expect(fieldsOf(read)).toEqual(fieldsOf(page));
    expect(read.modifiedBy).toBe("bob");
    expect(read.pendingEvents).toEqual([]);
    expect(read.createdAt).toEqual(page.createdAt);
  });

  it("has the id that it is given, or one made from its data, or a random one", () => {
    const SlugEvent = eventFamily("Slug");
    const SlugCreated = SlugEvent("Created", { name: z.string() });
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

  it("is made with `create`, and says so", () => {
    const page = new Page();
    expect(() => page.updateTitle({ title: "Fox" })).toThrow("A Page was made with `new`; use its `create`");
    expect(() => page.id).toThrow(ProgrammingError);
    expect(() => beginSave(page)).toThrow(ProgrammingError);
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
      const page = revive(Page, recorded);
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
    const Family = eventFamily("Slow");
    const Begun = Family("Begun", {});
    const Done = Family("Done", {});
    class Slow extends aggregate(Begun) {
      count = 0;
      // @ts-expect-error a method is not asynchronous
      @event(Done)
      async finish(_data: DataOf<typeof Done>): Promise<void> {
        this.count = 1;
        throw new Error("later");
      }
    }
    class SlowApply extends aggregate(Begun) {
      protected override async apply(): Promise<void> {}
    }
    const slow = Slow.create({});
    expect(() => slow.finish({})).toThrow("asynchronous");
    expect(slow.count).toBe(0);
    expect(slow.pendingEvents).toHaveLength(1);
    expect(() => SlowApply.create({})).toThrow("asynchronous");
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
    page.unset({});
    const state = definitionOf(Page).replay(undefined, page.pendingEvents);
    const { note: _note, ...stored } = state.state;
    expect(revive(Page, { ...state, state: stored }).note).toBeUndefined();
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
  it("takes what the events made, not what was assigned to a field without an event", () => {
    const page = Page.create({ title: "Fox" });
    page.title = "Smuggled";
    const changes = beginSave(page);
    expect(changes.aggregate.state).toMatchObject({ title: "Fox" });
    expect(changes.pending).toHaveLength(1);
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
      page.trigger(Touched({}));
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
    expect(occur(Touched({}), ID, 1).type).toBe("Page.Touched");
  });
});
