import { describe, expect, it } from "vitest";
import { z } from "zod";
import { aggregate, event } from "./aggregates/aggregate-class.ts";
import { plainAggregate } from "./aggregates/plain-aggregate.ts";
import { InvalidEventDataError, ProgrammingError } from "./errors.ts";
import { eventFamily } from "./events/event-family.ts";
import type { DataOf, EventOf } from "./events/event-type.ts";
import { specification } from "./specification.ts";

const NoteEvent = eventFamily(
  "Note",
  {
    Created: { title: z.string() },
    TitleUpdated: { title: z.string(), reason: z.string().optional() },
    Archived: {},
  },
  { ambient: { fields: { serial: z.number() }, values: () => ({ serial: Math.random() }) } },
);
const { Created, TitleUpdated, Archived } = NoteEvent;

class NoteArchivedError extends Error {}

class Note extends aggregate(Created) {
  archived = false;

  rename(title: string): void {
    if (this.archived) throw new NoteArchivedError("An archived note keeps its title.");
    if (title !== this.title) this.updateTitle({ title });
  }

  @event(TitleUpdated)
  updateTitle({ title }: DataOf<typeof TitleUpdated>): void {
    this.title = title;
  }

  @event(Archived)
  archive(): void {
    this.archived = true;
  }
}

class ApplyNote extends aggregate(Created) {
  archived = false;

  rename(title: string): void {
    if (this.archived) throw new NoteArchivedError("An archived note keeps its title.");
    if (title !== this.title) this.trigger(TitleUpdated({ title }));
  }

  archive(): void {
    this.trigger(Archived());
  }

  protected override apply(event: EventOf<typeof NoteEvent>): void {
    if (event.type === "Note.TitleUpdated") this.title = event.data.title;
    if (event.type === "Note.Archived") this.archived = true;
  }
}

interface NoteState {
  readonly title: string;
  readonly archived: boolean;
}

const plainNote = plainAggregate<NoteState, EventOf<typeof NoteEvent>>({
  events: NoteEvent,
  initial: { title: "", archived: false },
  evolve: (state, event) => {
    if (Created.matches(event) || TitleUpdated.matches(event)) return { ...state, title: event.data.title };
    return Archived.matches(event) ? { ...state, archived: true } : state;
  },
});

function rename({ title, archived }: NoteState, next: string) {
  if (archived) throw new NoteArchivedError("An archived note keeps its title.");
  return next === title ? [] : [TitleUpdated({ title: next })];
}

describe.each([
  { form: "with decorated methods", NoteClass: Note },
  { form: "with `apply`", NoteClass: ApplyNote as unknown as typeof Note },
])("the specification of an aggregate class $form", ({ NoteClass }) => {
  const given = specification(NoteClass);

  it("passes if the command triggers the expected events", () => {
    given(Created({ title: "Fox" }))
      .when((note) => note.rename("Dog"))
      .then(TitleUpdated({ title: "Dog" }));
    given(Created({ title: "Fox" }))
      .when((note) => {
        note.rename("Dog");
        note.archive();
      })
      .then(TitleUpdated({ title: "Dog" }), Archived());
  });

  it("passes without expected events if the command triggers none", () => {
    given(Created({ title: "Fox" }), TitleUpdated({ title: "Dog" }))
      .when((note) => note.rename("Dog"))
      .then();
  });

  it("passes if the command throws the expected error, and returns it", () => {
    const error = given(Created({ title: "Fox" }), Archived())
      .when((note) => note.rename("Dog"))
      .throws(NoteArchivedError);
    expect(error.message).toBe("An archived note keeps its title.");
  });

  it("tests the creation of an aggregate", () => {
    given()
      .when(() => NoteClass.create({ title: "Fox" }))
      .then(Created({ title: "Fox" }));
    given()
      .when(() => NoteClass.create({ title: 7 as unknown as string }))
      .throws(InvalidEventDataError);
  });
});

describe("the specification of a plain aggregate", () => {
  const given = specification(plainNote);

  it("passes if the command returns the expected events", () => {
    given(Created({ title: "Fox" }))
      .when((note) => rename(note, "Dog"))
      .then(TitleUpdated({ title: "Dog" }));
    given(Created({ title: "Fox" }))
      .when((note) => rename(note, "Fox"))
      .then();
    given()
      .when(() => [Created({ title: "Fox" })])
      .then(Created({ title: "Fox" }));
    given()
      .when(() => [])
      .then();
  });

  it("passes if the command throws the expected error", () => {
    given(Created({ title: "Fox" }), Archived())
      .when((note) => rename(note, "Dog"))
      .throws(NoteArchivedError);
  });

  it("passes the version of the aggregate to the command", () => {
    given(Created({ title: "Fox" }), Archived())
      .when((_, { version }) => [TitleUpdated({ title: String(version) })])
      .then(TitleUpdated({ title: "2" }));
  });

  it("fails if the command returns other events", () => {
    const outcome = given(Created({ title: "Fox" })).when((note) => rename(note, "Dog"));
    expect(messageOf(() => outcome.then())).toContain("the command triggered Note.TitleUpdated.");
  });

  it("passes each command its own copy of the state", () => {
    const begun = given(Created({ title: "Fox" }));
    begun
      .when((note) => {
        (note as { title: string }).title = "Dog";
        return [];
      })
      .then();
    begun.when(({ title }) => [TitleUpdated({ title })]).then(TitleUpdated({ title: "Fox" }));
  });

  it("refuses a command that returns no array", () => {
    const begun = given(Created({ title: "Fox" }));
    expect(() => begun.when(() => Archived() as never)).toThrow("must return an array of new events");
  });
});

describe("a failed specification", () => {
  const given = specification(Note);
  const begun = given(Created({ title: "Fox" }));
  const renamed = begun.when((note) => note.rename("Dog"));
  const renamedAndArchived = begun.when((note) => {
    note.rename("Dog");
    note.archive();
  });

  it("shows both events and how their data differs", () => {
    const message = messageOf(() => renamed.then(TitleUpdated({ title: "Hen" })));
    expect(message).toContain("Note.TitleUpdated expected, but the command triggered Note.TitleUpdated.");
    expect(message).toMatch(/\+\s+title: 'Dog'/);
    expect(message).toMatch(/-\s+title: 'Hen'/);
    expect(message.match(/'Hen'/g)).toHaveLength(1);
  });

  it("names missing events, additional events and another order", () => {
    const title = TitleUpdated({ title: "Dog" });
    expect(messageOf(() => renamedAndArchived.then(title))).toContain(
      "triggered Note.TitleUpdated, Note.Archived.",
    );
    expect(messageOf(() => renamedAndArchived.then(Archived(), title))).toContain(
      "Note.Archived, Note.TitleUpdated expected",
    );
    expect(messageOf(() => renamedAndArchived.then())).toContain("nothing expected");
    expect(messageOf(() => begun.when(() => {}).then(title))).toContain("the command triggered nothing.");
  });

  it("has an unexpected error of the command as its cause", () => {
    const thrown = begun.when(() => {
      throw new RangeError("far");
    });
    for (const work of [() => thrown.then(Archived()), () => thrown.throws(NoteArchivedError)]) {
      const failure = failureOf(work);
      expect(failure.message).toContain("expected, but the command threw RangeError: far");
      expect(failure.cause).toBeInstanceOf(RangeError);
    }
  });

  it("names the events if the expected error was not thrown", () => {
    expect(messageOf(() => renamed.throws(NoteArchivedError))).toBe(
      "NoteArchivedError expected, but the command triggered Note.TitleUpdated.",
    );
  });
});

describe("a specification", () => {
  const given = specification(Note);
  const begun = given(Created({ title: "Fox" }));

  it("refuses given events that the aggregate cannot have", () => {
    expect(() => given(Archived())).toThrow("version 1, and no other, is Note.Created");
    expect(() => given(Created({} as never))).toThrow(InvalidEventDataError);
  });

  it("refuses a command that returns a promise", () => {
    const later = async (note: Note) => note.rename("Dog");
    // @ts-expect-error a promise
    expect(() => begun.when(later)).toThrow("The command returned a promise.");
    const rejected = () => Promise.reject(new Error("not unhandled")) as never;
    expect(() => begun.when(rejected)).toThrow(ProgrammingError);
  });

  it("refuses a creating command that returns no aggregate", () => {
    const makeNothing = () => undefined as never;
    expect(() => given().when(makeNothing)).toThrow("must return a new Note");
  });

  it("refuses an event type in place of a new event", () => {
    // @ts-expect-error an event type
    expect(() => given(Created)).toThrow("an argument of given must be a new event");
    const outcome = begun.when((note) => note.archive());
    // @ts-expect-error an event type
    expect(() => outcome.then(Archived)).toThrow("an argument of then must be a new event");
  });

  it("rejects if it is awaited without `then`", async () => {
    const outcome = begun.when((note) => note.archive());
    // @ts-expect-error not a promise
    await expect((async () => await outcome)()).rejects.toThrow("an argument of then must be a new event");
  });

  it("refuses commands that change state outside an event, as a save does", () => {
    const changed = begun.when((note) => {
      note.archived = true;
    });
    expect(() => changed.then()).toThrow('"archived" of Note');
  });

  it("refuses events of another family", () => {
    const { Happened } = eventFamily("Other", { Happened: {} });
    // @ts-expect-error an event of another family
    expect(() => given(Happened())).toThrow("Other.Happened");
    const outcome = begun.when((note) => note.archive());
    // @ts-expect-error an event of another family
    expect(() => outcome.then(Happened())).toThrow("Other.Happened expected");
    const plain = specification(plainNote)(Created({ title: "Fox" }));
    // @ts-expect-error an event of another family
    plain.when(() => [Happened()]).throws(ProgrammingError);
  });
});

function failureOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("It passed.");
}

function messageOf(work: () => unknown): string {
  return failureOf(work).message;
}
