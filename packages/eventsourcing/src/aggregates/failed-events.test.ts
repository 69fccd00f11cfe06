import { describe, expect, it } from "vitest";
import { fieldsOf, Page, replayed, revivePage } from "../../test/sample-page.ts";
import { asUser } from "../context.ts";
import { InvalidEventDataError } from "../errors.ts";
import { eventFamily } from "../events/event-family.ts";
import { aggregate, definitionOf, event } from "./aggregate-class.ts";

describe("a failing event", () => {
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

  it.each(failing)("%s leaves the aggregate unchanged", (_, command) => {
    const page = tagged();
    const fields = fieldsOf(page);
    expect(() => command(page)).toThrow();
    expect(fieldsOf(page)).toEqual(fields);
    expect(page.pendingEvents).toHaveLength(2);
    page.updateTitle({ title: "Dog" });
    expect(page.version).toBe(3);
    expect(fieldsOf(replayed(page))).toEqual(fieldsOf(page));
  });

  it.each(failing)("%s leaves a loaded aggregate and its recorded state unchanged", (_, command) => {
    const recorded = definitionOf(Page).replay(undefined, tagged().pendingEvents);
    const copy = structuredClone(recorded);
    const page = revivePage(recorded);
    expect(() => command(page)).toThrow();
    page.addTag("c");
    expect(page.labels).toEqual(["a", "b", "c"]);
    expect(recorded).toEqual(copy);
  });

  it("is refused if it is triggered while another is applied", () => {
    expect(() => tagged().updateTitle({ title: "nested" })).toThrow("while an event of");
  });

  it("creates no aggregate if it is the first", () => {
    expect(() => Page.create({ title: "apply throws" })).toThrow("on purpose");
    expect(() => Page.create({} as never)).toThrow(InvalidEventDataError);
  });

  it("is refused if its method is asynchronous, without an unhandled rejection", async () => {
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
