import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { asUser, currentUserId, withContext } from "../context.ts";
import { InvalidEventDataError, ProgrammingError } from "../errors.ts";
import { createEvent } from "./event.ts";
import { eventFamily, eventType } from "./event-family.ts";
import type { DataOf, EventOf, EventType } from "./event-type.ts";
import { issuesOf as shapeIssues } from "./shape.ts";

const ID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const NoteEvent = eventFamily(
  "Note",
  {
    Created: { title: z.string(), tags: z.array(z.string()).optional() },
    Renamed: {
      title: z.string().min(1),
      at: z.object({ line: z.number() }).optional(),
    },
  },
  {
    ambient: {
      fields: { userId: z.string().nullable(), summary: z.string().optional() },
      values: () => ({
        userId: currentUserId(),
      }),
    },
  },
);
const { Created, Renamed } = NoteEvent;

/** Data as a caller without types might give it. */
function untyped<T>(data: unknown): T {
  return data as T;
}

function issuesOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidEventDataError) return error.issues;
    throw error;
  }
  return [];
}

describe("a triggered event", () => {
  it("has the given originator, version, time and id, and the ambient fields of its family", () => {
    const event = asUser("ann", () => createEvent(Created({ title: "Fox" }), ID, 7));
    expect(event).toMatchObject({
      type: "Note.Created",
      originatorId: ID,
      originatorVersion: 7,
      data: { title: "Fox", userId: "ann" },
    });
    expect(event.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(event.timestamp).toBeInstanceOf(Date);
    expect(event).not.toHaveProperty("correlationId");
    expect(Created.matches(event) && event.data.userId).toBe("ann");
    expect(Renamed.matches(event)).toBe(false);
  });

  it("has the ambient fields of the time of triggering, not of the creation of its newEvent", () => {
    const newEvent = asUser("ann", () => Created({ title: "Fox" }));
    expect(asUser("bob", () => createEvent(newEvent, ID, 1)).data).toMatchObject({ userId: "bob" });
    expect(createEvent(newEvent, ID, 1).data).toMatchObject({ userId: null });
  });

  it("has the correlation and causation of the context", () => {
    const event = withContext({ correlationId: "c", causationId: "e" }, () =>
      createEvent(Created({ title: "" }), ID, null),
    );
    expect(event).toMatchObject({ correlationId: "c", causationId: "e", originatorVersion: null });
  });

  it("does not change with the data that it was created from", () => {
    const tags = ["a"];
    const event = createEvent(Created({ title: "Fox", tags }), ID, 1);
    tags.push("b");
    expect(event.data).toMatchObject({ tags: ["a"] });
    expect(Object.isFrozen(event) && Object.isFrozen(event.data)).toBe(true);
  });

  it("may lack an optional field, and names every field that does not fit", () => {
    expect(issuesOf(() => createEvent(Created({ title: "Fox", tags: undefined }), ID, 1))).toEqual([]);
    const wrong = Renamed(untyped({ title: "", at: { line: "1" } }));
    expect(issuesOf(() => createEvent(wrong, ID, 1)).map((issue) => issue.split(":")[0])).toEqual([
      "title",
      "at.line",
    ]);
    expect(issuesOf(() => createEvent(Created(untyped({})), ID, 1))).toHaveLength(1);
    expect(issuesOf(() => createEvent(Created(untyped({ title: null })), ID, 1))).toHaveLength(1);
    expect(issuesOf(() => createEvent(Created(untyped(null)), ID, 1))).toHaveLength(1);
  });

  it("refuses unknown fields, and fields that only the family sets", () => {
    const data = { title: "Fox", colour: "red", userId: "mallory", summary: "forged" };
    const issues = issuesOf(() => createEvent(Created(data), ID, 1)).map((issue) => issue.split(":")[0]);
    expect(issues).toEqual(["colour", "userId", "summary"]);
    const hostile = JSON.parse('{"title": "Fox", "__proto__": {"userId": "mallory"}, "toString": "x"}');
    expect(issuesOf(() => createEvent(Created(hostile), ID, 1))).toHaveLength(2);
  });

  it("refuses ambient fields that the family does not declare", () => {
    const family = eventFamily(
      "Sloppy",
      { Happened: {} },
      { ambient: { fields: { userId: z.string() }, values: () => ({ userId: "a", extra: 1 }) } },
    );
    expect(issuesOf(() => createEvent(family.Happened(), ID, 1))[0]).toContain("extra");
  });

  it("refuses a schema that is asynchronous or changes values", () => {
    const later: StandardSchemaV1<string> = {
      "~standard": { version: 1, vendor: "test", validate: async (value) => ({ value: String(value) }) },
    };
    const Slow = eventFamily("Slow", { Happened: { field: later } }).Happened;
    expect(() => createEvent(Slow({ field: "x" }), ID, 1)).toThrow(ProgrammingError);
    expect(() => createEvent(Slow({ field: "x" }), ID, 1)).toThrow('"field" is asynchronous');
    const Refined = eventFamily("Refined", {
      Happened: { field: z.string().refine(async () => true) },
    }).Happened;
    expect(() => createEvent(Refined({ field: "x" }), ID, 1)).toThrow("asynchronous");
    const Trimmed = eventFamily("Trimmed", {
      Happened: {
        field: z.string().trim(),
        size: z.number().default(1),
      },
    }).Happened;
    expect(() => createEvent(Trimmed({ field: " x ", size: 1 }), ID, 1)).toThrow(
      '"field" changes the value from " x " to "x"',
    );
    expect(() => createEvent(Trimmed(untyped({ field: "x" })), ID, 1)).toThrow(
      '"size" changes the value from undefined to 1',
    );
  });
});

describe("stored data", () => {
  const read = (type: EventType, data: Record<string, unknown>) =>
    shapeIssues(type.topic, type.shape, data, "read");

  it("is checked except for fields that a later program may have added", () => {
    expect(read(Created, { title: "Fox", userId: null, colour: "red" })).toEqual([]);
    expect(read(Renamed, { title: "Fox", userId: null, at: { line: 1, column: 2 } })).toEqual([]);
    expect(read(Created, { title: 1, userId: null })).toHaveLength(1);
    expect(read(Created, { title: "Fox" })[0]).toContain("userId");
    expect(read(Created, Object.create({ title: "Fox", userId: null }))[0]).toContain("title");
  });

  it("does not fit a schema that would fill in or convert a part of it", () => {
    const { Made } = eventFamily("Config", {
      Made: { options: z.object({ retries: z.number().default(3), at: z.coerce.date() }) },
    });
    expect(read(Made, { options: {} })[0]).toContain("options.at");
    expect(read(Made, { options: { at: new Date(0) } })).toEqual([
      "options.retries: is undefined, which the schema would change to 3; add an upcast to the event type",
    ]);
    expect(read(Made, { options: { retries: 1, at: "2020-01-01" } })[0]).toContain(
      'options.at: is "2020-01-01"',
    );
  });
});

describe("the declaration of event types", () => {
  it("refuses names that cannot be part of a topic, or that are used twice", () => {
    for (const name of ["", "Page.Created", "1st", "Ünder", "a b"]) {
      expect(() => eventFamily(name, {})).toThrow(ProgrammingError);
      expect(() => eventFamily("Note", { [name]: {} })).toThrow(ProgrammingError);
    }
    expect(() => eventFamily(undefined as never, {})).toThrow("undefined cannot be part of a topic");
    expect(() => eventFamily("Note", {}, { formerNames: "Memo" as never })).toThrow("formerNames must be");
    const notLists = { upcasts: (data: object) => data } as never;
    expect(() => eventFamily("Note", { Made: eventType({}, notLists) })).toThrow(
      "upcasts of Note.Made must be",
    );
    expect(() => eventFamily("Note", { matches: {} })).toThrow('cannot be called "matches"');
    const twice = { Renamed: {}, Titled: eventType({}, { formerNames: ["Renamed"] }) };
    expect(() => eventFamily("Note", twice)).toThrow("Note.Renamed is declared twice");
  });

  it("refuses a field that the family sets, and values that are no schema", () => {
    const ambient = { fields: { userId: z.string() }, values: () => ({ userId: "ann" }) };
    expect(() => eventFamily("Note", { Signed: { userId: z.string() } }, { ambient })).toThrow('"userId"');
    expect(() => eventFamily("Note", { Signed: z.object({ name: z.string() }) as never })).toThrow(
      "not one schema for all",
    );
    expect(() => eventFamily("Note", { Signed: { name: String as never } })).toThrow(
      "must have a Standard Schema",
    );
    expect(NoteEvent.types.map(({ topic }) => topic)).toEqual(["Note.Created", "Note.Renamed"]);
  });

  it("derives the version from the upcasts, and lists former topics", () => {
    const { Old, New } = eventFamily(
      "Versioned",
      { Old: {}, New: eventType({}, { upcasts: [(data) => data, (data) => data], formerNames: ["Young"] }) },
      { formerNames: ["Before"] },
    );
    expect([Old.version, New.version]).toEqual([1, 3]);
    expect(New.topics).toEqual(["Versioned.New", "Versioned.Young", "Before.New", "Before.Young"]);
  });
});

describe("the types of events", () => {
  it("are those of the schemas; anything else is a compile error", () => {
    // @ts-expect-error a field is missing
    Created({});
    // @ts-expect-error a field has another type
    Created({ title: 1 });
    // @ts-expect-error there is no such field
    Created({ title: "Fox", colour: "red" });
    // @ts-expect-error an ambient field is not for the caller to give
    Created({ title: "Fox", userId: "mallory" });
    const data: DataOf<typeof Created> = { title: "Fox" };
    // @ts-expect-error data cannot be changed
    data.title = "Dog";
    const ofFamily = (event: EventOf<typeof NoteEvent>): string | null => event.data.userId;
    const ofType = (event: EventOf<typeof Created>): string => event.data.title;
    // @ts-expect-error an event of the family may be of another type, without tags
    const wrong = (event: EventOf<typeof NoteEvent>): unknown => event.data.tags;
    const exhaustive = (event: EventOf<typeof NoteEvent>): string => {
      switch (event.type) {
        case "Note.Created":
          return event.data.title;
        case "Note.Renamed":
          return event.data.title;
        default:
          return event satisfies never;
      }
    };
    const fields = { userId: z.string() };
    // @ts-expect-error the ambient function must give every ambient field
    eventFamily("Lazy", {}, { ambient: { fields, values: () => ({}) } });
    expect([ofFamily, ofType, wrong, exhaustive]).toHaveLength(4);
  });
});
