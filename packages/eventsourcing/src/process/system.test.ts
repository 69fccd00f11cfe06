import { describe, expect, expectTypeOf, it } from "vitest";
import { Notes, Orders, Payments, Reservations, Shortening } from "../../test/sample-shopping.ts";
import { InvalidArgumentError, ProgrammingError } from "../errors.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";
import { SequentialSystemRunner } from "./sequential-system-runner.ts";
import { type ApplicationsOf, type System, system } from "./system.ts";
import { SystemRunner } from "./system-runner.ts";

const applications = { orders: Orders, reservations: Reservations, payments: Payments };

describe("a system", () => {
  it("lists each pair of its pipes once, in the order of the declaration", () => {
    const { pipes } = system({
      applications,
      pipes: [
        ["orders", "reservations", "orders", "payments"],
        ["reservations", "orders"],
        ["payments", "orders"],
      ],
    });
    expect(pipes.map(({ leader, follower }) => `${leader} ${follower}`)).toEqual([
      "orders reservations",
      "reservations orders",
      "orders payments",
      "payments orders",
    ]);
  });

  it("refuses pipes that cannot work", () => {
    const refused = [
      [{ applications, pipes: [["orders"]] }, 'The pipe ["orders"] must have a leader and a follower.'],
      [{ applications, pipes: ["orders"] }, 'The pipe "orders" must have a leader and a follower.'],
      [{ applications, pipes: [["orders", "shipping"]] }, 'names "shipping", which is not in "applications"'],
      [{ applications, pipes: [["toString", "orders"]] }, 'names "toString", which is not in "applications"'],
      [
        { applications: { ...applications, notes: Notes }, pipes: [["orders", "notes"]] },
        '"notes" follows another application; its class must extend processApplication({ … }).',
      ],
    ] as const;
    for (const [declaration, message] of refused) {
      expect(() => system(declaration as never)).toThrow(ProgrammingError);
      expect(() => system(declaration as never)).toThrow(message);
    }
  });

  it("refuses invalid names and classes", () => {
    expect(() => system({ applications: { "a/b": Notes }, pipes: [] })).toThrow(InvalidArgumentError);
    expect(() => system({ applications: { "": Notes }, pipes: [] })).toThrow("the name of an application");
    expect(() => system({ applications: { notes: {} as never }, pipes: [] })).toThrow(
      'the application "notes" must be the class of an application',
    );
  });

  it("compiles only if each follower handles events of its leader", () => {
    const all = { ...applications, notes: Notes };
    // @ts-expect-error: Payments handles what Orders records, and not what Reservations does
    system({ applications: all, pipes: [["reservations", "payments"]] });
    // @ts-expect-error: the same, further down the pipe
    system({ applications: all, pipes: [["orders", "reservations", "payments"]] });
    // @ts-expect-error: Notes is no process application
    expect(() => system({ applications: all, pipes: [["orders", "notes"]] })).toThrow();
    // @ts-expect-error: no application has this name
    expect(() => system({ applications: all, pipes: [["orders", "shipping"]] })).toThrow();
    const itself = system({
      applications: { shortening: Shortening },
      pipes: [["shortening", "shortening"]],
    });
    expectTypeOf(itself).toEqualTypeOf<System<{ readonly shortening: typeof Shortening }>>();
    expectTypeOf<ApplicationsOf<typeof applications>["orders"]>().toEqualTypeOf<Orders>();
  });
});

describe.each([
  ["SystemRunner", SystemRunner],
  ["SequentialSystemRunner", SequentialSystemRunner],
] as const)("%s", (_name, Runner) => {
  const recorder = memoryRecorder();
  const notes = new Notes({ recorder });

  it("refuses applications that are missing or of another class", () => {
    const declared = system({ applications: { notes: Notes, shortening: Shortening }, pipes: [] });
    for (const incomplete of [{ notes }, { notes, shortening: notes }])
      expect(() => new Runner(declared, { applications: incomplete as never })).toThrow(
        'The application "shortening" of the system must be an instance of Shortening.',
      );
  });

  it("refuses a follower that handles no event of its leader", () => {
    const declared = system({
      applications: { ...applications, notes: Notes },
      pipes: [["notes", "payments"]] as never,
    });
    const instances = {
      orders: new Orders({ recorder }),
      reservations: new Reservations({ recorder }),
      payments: new Payments({ recorder }),
      notes,
    };
    expect(() => new Runner(declared, { applications: instances })).toThrow(
      '"payments" follows "notes" but handles none of its events',
    );
  });

  it("refuses a follower that handles an event which none of its leaders records", () => {
    const declared = system({ applications, pipes: [["reservations", "orders"]] });
    const instances = {
      orders: new Orders({ recorder }),
      reservations: new Reservations({ recorder }),
      payments: new Payments({ recorder }),
    };
    expect(() => new Runner(declared, { applications: instances })).toThrow(
      '"orders" handles Payment.Received, which no application that it follows records (reservations).',
    );
  });
});
