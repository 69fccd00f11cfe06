import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { eventFamily } from "../events/event-family.ts";
import { type AnyProjection, projection } from "./projection.ts";

const PageEvent = eventFamily(
  "Page",
  { Created: { title: z.string(), body: z.string() }, TitleUpdated: { title: z.string() } },
  { ambient: { fields: { userId: z.string().nullable() }, values: () => ({ userId: null }) } },
);
const { Created, TitleUpdated } = PageEvent;

describe("a projection", () => {
  it("gets each event with its data, and the compiler checks that all types are handled", () => {
    const titles = projection({
      name: "titles",
      version: 1,
      handles: [Created, TitleUpdated],
      tables: [],
      project: (events): readonly string[] =>
        events.map((event) => {
          switch (event.type) {
            case "Page.Created":
              expectTypeOf(event.data.body).toEqualTypeOf<string>();
              expectTypeOf(event.data.userId).toEqualTypeOf<string | null>();
              return event.data.body;
            case "Page.TitleUpdated":
              expectTypeOf(event.data).not.toHaveProperty("body");
              expectTypeOf(event.notificationId).toEqualTypeOf<number>();
              return event.data.title;
            default:
              return event satisfies never;
          }
        }),
    });
    const any: AnyProjection<string> = titles;
    expect(any.handles).toEqual([Created, TitleUpdated]);
  });

  it("has literal topics to switch over", () => {
    expectTypeOf(Created.topic).toEqualTypeOf<"Page.Created">();
    expectTypeOf(PageEvent.familyName).toEqualTypeOf<"Page">();
  });
});
