import { describe, expect, it } from "vitest";
import { z } from "zod";
import { aggregate, event } from "./aggregates/aggregate-class.ts";
import { plainAggregate } from "./aggregates/plain-aggregate.ts";
import { InvalidEventDataError } from "./errors.ts";
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
  archive(_data: DataOf<typeof Archived>): void {
    this.archived = true;
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

describe("the specification of an aggregate class", () => {
  const given = specification(Note).given(Created({ title: "Fox" }));

  it("passes when the command triggers the events expected", () => {
    given.when((note) => note.rename("Dog")).then(TitleUpdated({ title: "Dog" }));
    given
      .when((note) => {
        note.rename("Dog");
        note.archive({});
      })
      .then(TitleUpdated({ title: "Dog" }), Archived({}));
  });

  it("gives the command the state after the events before it", () => {
    specification(Note)
      .given(Created({ title: "Fox" }), TitleUpdated({ title: "Dog" }))
      .when((note) => note.rename("Dog"))
      .thenNothing();
  });

  it("passes with the error that the command throws, and returns it", () => {
    const archived = specification(Note).given(Created({ title: "Fox" }), Archived({}));
    const error = archived.when((note) => note.rename("Dog")).thenThrows(NoteArchivedError);
    expect(error.message).toBe("An archived note keeps its title.");
  });

  it("tests the making of an aggregate", () => {
    specification(Note)
      .when(() => Note.create({ title: "Fox" }))
      .then(Created({ title: "Fox" }));
    specification(Note)
      .when(() => Note.create({ title: 7 as unknown as string }))
      .thenThrows(InvalidEventDataError);
  });

  it("begins anew with each command", () => {
    for (const title of ["Dog", "Hen"])
      given.when((note) => note.rename(title)).then(TitleUpdated({ title }));
  });

  it("shows both the events and where their data differs", () => {
    const outcome = given.when((note) => note.rename("Dog"));
    const message = messageOf(() => outcome.then(TitleUpdated({ title: "Hen" })));
    expect(message).toContain("Note.TitleUpdated expected, but the command triggered Note.TitleUpdated.");
    expect(message).toMatch(/\+\s+title: 'Dog'/);
    expect(message).toMatch(/-\s+title: 'Hen'/);
    expect(message.match(/'Hen'/g)).toHaveLength(1);
  });

  it("fails when events are missing, more, or in another order", () => {
    const outcome = given.when((note) => {
      note.rename("Dog");
      note.archive({});
    });
    const title = TitleUpdated({ title: "Dog" });
    expect(messageOf(() => outcome.then(title))).toContain("triggered Note.TitleUpdated, Note.Archived.");
    expect(messageOf(() => outcome.then(Archived({}), title))).toContain("Note.Archived, Note.TitleUpdated");
    expect(messageOf(() => outcome.thenNothing())).toContain("nothing expected");
    const nothing = given.when(() => {});
    expect(messageOf(() => nothing.then(title))).toContain("the command triggered nothing.");
  });

  it("fails with the command's error as cause when events were expected", () => {
    const outcome = given.when(() => {
      throw new NoteArchivedError("no");
    });
    const failure = failureOf(() => outcome.then(Archived({})));
    expect(failure.message).toContain("Note.Archived expected, but the command threw Error: no");
    expect(failure.cause).toBeInstanceOf(NoteArchivedError);
  });

  it("fails when another error was thrown, or none", () => {
    const thrown = given.when(() => {
      throw new RangeError("far");
    });
    expect(messageOf(() => thrown.thenThrows(NoteArchivedError))).toContain("threw RangeError: far");
    const fine = given.when((note) => note.rename("Dog"));
    expect(messageOf(() => fine.thenThrows(NoteArchivedError))).toContain("triggered Note.TitleUpdated");
  });

  it("refuses a command that answers later", () => {
    const outcome = given.when(async (note) => note.rename("Dog"));
    expect(messageOf(() => outcome.then(TitleUpdated({ title: "Dog" })))).toContain("returned a promise");
  });
});

describe("the specification of plain functions", () => {
  const given = specification(plainNote).given(Created({ title: "Fox" }));

  it("passes when the decision comes to the events expected", () => {
    given.when((note) => rename(note, "Dog")).then(TitleUpdated({ title: "Dog" }));
    given.when((note) => rename(note, "Fox")).thenNothing();
    specification(plainNote)
      .given(Created({ title: "Fox" }), Archived({}))
      .when((note) => rename(note, "Dog"))
      .thenThrows(NoteArchivedError);
    specification(plainNote)
      .when(() => [Created({ title: "Fox" })])
      .then(Created({ title: "Fox" }));
  });

  it("fails when it does not", () => {
    const outcome = given.when((note) => rename(note, "Dog"));
    expect(messageOf(() => outcome.thenNothing())).toContain("the command triggered Note.TitleUpdated.");
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
