import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fieldsOf, ID, Page, type PageEvent, replayed } from "../../test/sample-page.ts";
import { asUser } from "../context.ts";
import { eventFamily } from "../events/event-family.ts";
import type { DataOf, EventOf } from "../events/event-type.ts";
import { NAMESPACE_URL, uuid5 } from "../uuid.ts";
import { Aggregate } from "./aggregate.ts";
import { aggregate, definitionOf, event } from "./aggregate-class.ts";

describe("an aggregate", () => {
  it("has the data of its first event and the initial values as fields", () => {
    const page = asUser("ann", () => Page.create({ title: "Fox" }));
    expect({ ...page }).toEqual({
      title: "Fox",
      modifiedBy: "ann",
      revisions: 1,
      labels: [],
      note: "none",
    });
    expect(page.version).toBe(1);
    expect(page.pendingEvents.map(({ type }) => type)).toEqual(["Page.Created"]);
    expect(page.createdAt).toEqual(page.pendingEvents[0]?.timestamp);
    expect(page).toBeInstanceOf(Page);
    expect(page).toBeInstanceOf(Aggregate);
  });

  it("runs a decorated method and then `apply` for each event", () => {
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

  it("has the same state if its events are replayed by another user", () => {
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

  it("has the given id, or one derived from its data, or a random one", () => {
    const SlugEvent = eventFamily("Slug", { Created: { name: z.string() } });
    const { Created: SlugCreated } = SlugEvent;
    class Slug extends aggregate(SlugCreated, { id: ({ name }) => uuid5(NAMESPACE_URL, `/slugs/${name}`) }) {}
    expect(Slug.create({ name: "fox" }).id).toBe(uuid5(NAMESPACE_URL, "/slugs/fox"));
    expect(Slug.create({ name: "fox" }, ID).id).toBe(ID);
    expect(Page.create({ title: "" }).id).not.toBe(Page.create({ title: "" }).id);
  });

  it("shares no mutable value with its events, the data of the caller or its dates", () => {
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

  it("rejects `new`", () => {
    // @ts-expect-error the constructor is for the library
    expect(() => new Page()).toThrow("Page cannot be constructed by `new`; use Page.create(…)");
  });

  it("shows type, id, version and state when inspected", () => {
    const page = Page.create({ title: "Fox" }, ID);
    expect(inspect(page)).toMatch(
      /^Page 6ba7b810-9dad-41d1-80b4-00c04fd430c8 version 1 \(1 pending\) \{[^}]*title: 'Fox'/s,
    );
  });

  it("rejects reading `recordedAt` while an event is applied", () => {
    class Nosy extends Page {
      protected override apply(event: EventOf<typeof PageEvent>): void {
        super.apply(event);
        this.note = String(this.recordedAt);
      }
    }
    expect(() => Nosy.create({ title: "Fox" })).toThrow("`recordedAt` was read while an event of");
  });

  it("checks `ensure` when an event is triggered, not when it is replayed", () => {
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
