import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { asUser, currentUserId, withContext } from "../context.ts";
import { InvalidEventDataError, ProgrammingError } from "../errors.ts";
import { type DataOf, type EventOf, eventFamily, occur, validateData } from "./event.ts";

const ID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const NoteEvent = eventFamily(
  "Note",
  { userId: z.string().nullable(), summary: z.string().optional() },
  () => ({
    userId: currentUserId(),
  }),
);
const Created = NoteEvent("Created", { title: z.string(), tags: z.array(z.string()).optional() });
const Renamed = NoteEvent("Renamed", {
  title: z.string().min(1),
  at: z.object({ line: z.number() }).optional(),
});

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

describe("an event that is triggered", () => {
  it("has the place, time and id that it is given, and the family's ambient fields", () => {
    const event = asUser("ann", () => occur(Created({ title: "Fox" }), ID, 7));
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

  it("has the ambient fields of the moment, not of the making of its newEvent", () => {
    const newEvent = asUser("ann", () => Created({ title: "Fox" }));
    expect(asUser("bob", () => occur(newEvent, ID, 1)).data).toMatchObject({ userId: "bob" });
    expect(occur(newEvent, ID, 1).data).toMatchObject({ userId: null });
  });

  it("has the correlation and causation of the context", () => {
    const event = withContext({ correlationId: "c", causationId: "e" }, () =>
      occur(Created({ title: "" }), ID, null),
    );
    expect(event).toMatchObject({ correlationId: "c", causationId: "e", originatorVersion: null });
  });

  it("is not changed by what becomes of the data it was made from", () => {
    const tags = ["a"];
    const event = occur(Created({ title: "Fox", tags }), ID, 1);
    tags.push("b");
    expect(event.data).toMatchObject({ tags: ["a"] });
    expect(Object.isFrozen(event) && Object.isFrozen(event.data)).toBe(true);
  });

  it("may lack an optional field, and names every field that does not fit", () => {
    expect(issuesOf(() => occur(Created({ title: "Fox", tags: undefined }), ID, 1))).toEqual([]);
    const wrong = Renamed(untyped({ title: "", at: { line: "1" } }));
    expect(issuesOf(() => occur(wrong, ID, 1)).map((issue) => issue.split(":")[0])).toEqual([
      "title",
      "at.line",
    ]);
    expect(issuesOf(() => occur(Created(untyped({})), ID, 1))).toHaveLength(1);
    expect(issuesOf(() => occur(Created(untyped({ title: null })), ID, 1))).toHaveLength(1);
    expect(issuesOf(() => occur(Created(untyped(null)), ID, 1))).toHaveLength(1);
  });

  it("refuses a field that it does not have, also those that only the family gives", () => {
    const data = { title: "Fox", colour: "red", userId: "mallory", summary: "forged" };
    const issues = issuesOf(() => occur(Created(data), ID, 1)).map((issue) => issue.split(":")[0]);
    expect(issues).toEqual(["colour", "userId", "summary"]);
    const hostile = JSON.parse('{"title": "Fox", "__proto__": {"userId": "mallory"}, "toString": "x"}');
    expect(issuesOf(() => occur(Created(hostile), ID, 1))).toHaveLength(2);
  });

  it("refuses ambient fields that the family did not announce", () => {
    const family = eventFamily("Sloppy", { userId: z.string() }, () => ({ userId: "a", extra: 1 }));
    expect(issuesOf(() => occur(family("Happened", {})({}), ID, 1))[0]).toContain("extra");
  });

  it("refuses a schema that is asynchronous or changes values", () => {
    const later: StandardSchemaV1<string> = {
      "~standard": { version: 1, vendor: "test", validate: async (value) => ({ value: String(value) }) },
    };
    const Slow = eventFamily("Slow")("Happened", { field: later });
    expect(() => occur(Slow({ field: "x" }), ID, 1)).toThrow(ProgrammingError);
    expect(() => occur(Slow({ field: "x" }), ID, 1)).toThrow('"field" is asynchronous');
    const Refined = eventFamily("Refined")("Happened", { field: z.string().refine(async () => true) });
    expect(() => occur(Refined({ field: "x" }), ID, 1)).toThrow("asynchronous");
    const Trimmed = eventFamily("Trimmed")("Happened", {
      field: z.string().trim(),
      size: z.number().default(1),
    });
    expect(() => occur(Trimmed({ field: " x ", size: 1 }), ID, 1)).toThrow('"field" changes the value');
    expect(() => occur(Trimmed(untyped({ field: "x" })), ID, 1)).toThrow('"size" changes the value');
  });
});

describe("data that is read", () => {
  it("is checked, but for fields that a later program may have added", () => {
    expect(() => validateData(Created, { title: "Fox", userId: null, colour: "red" })).not.toThrow();
    expect(() => validateData(Created, { title: 1, userId: null })).toThrow(InvalidEventDataError);
    expect(() => validateData(Created, { title: "Fox" })).toThrow("userId");
    expect(() => validateData(Created, Object.create({ title: "Fox", userId: null }))).toThrow("title");
  });
});

describe("the declaration of event types", () => {
  it("refuses a topic that is declared twice, and names that are no part of a topic", () => {
    expect(() => NoteEvent("Created", {})).toThrow("Note.Created is declared twice");
    for (const name of ["", "Page.Created", "1st", "Ünder", "a b"]) {
      expect(() => eventFamily(name)).toThrow(ProgrammingError);
      expect(() => NoteEvent(name, {})).toThrow(ProgrammingError);
    }
  });

  it("refuses a field that the family gives", () => {
    expect(() => NoteEvent("Signed", { userId: z.string() })).toThrow('"userId"');
    expect(NoteEvent.types.map(({ topic }) => topic)).toEqual(["Note.Created", "Note.Renamed"]);
  });

  it("counts the version from the upcasts", () => {
    const family = eventFamily("Versioned");
    expect(family("Old", {}).version).toBe(1);
    expect(family("New", {}, { upcasts: [(data) => data, (data) => data] }).version).toBe(3);
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
    // @ts-expect-error an event of the family may be of another type, without a title
    const wrong = (event: EventOf<typeof NoteEvent>): string => event.data.title;
    // @ts-expect-error the ambient function must give every ambient field
    eventFamily("Lazy", { userId: z.string() }, () => ({}));
    expect([ofFamily, ofType, wrong]).toHaveLength(3);
  });
});
