import { describe, expect, it } from "vitest";
import { z } from "zod";
import { eventFamily } from "../events/event-family.ts";
import type { DataOf } from "../events/event-type.ts";
import { Aggregate } from "./aggregate.ts";
import { aggregate, definitionOf, event } from "./aggregate-class.ts";

describe("a subclass of an aggregate", () => {
  const AnimalEvent = eventFamily("Animal", {
    Born: { name: z.string() },
    Renamed: { name: z.string() },
    Barked: {},
  });
  const { Born, Renamed, Barked } = AnimalEvent;
  class Animal extends aggregate(Born) {
    @event(Renamed)
    rename({ name }: DataOf<typeof Renamed>): void {
      this.name = name;
    }
  }
  class Dog extends Animal {
    barks = 0;
    @event(Barked)
    bark(): void {
      this.barks += 1;
    }
    @event(Renamed)
    override rename({ name }: DataOf<typeof Renamed>): void {
      this.name = `${name}, a dog`;
    }
  }

  it("runs its own methods before those of its base, and does not change the base", () => {
    const dog = Dog.create({ name: "Rex" });
    dog.bark();
    dog.rename({ name: "Max" });
    expect(dog).toMatchObject({ name: "Max, a dog", barks: 1, version: 3 });
    const animal = Animal.create({ name: "Tom" });
    animal.rename({ name: "Tim" });
    expect(animal.name).toBe("Tim");
    expect(definitionOf(Animal).replay(undefined, dog.pendingEvents).state).toEqual({ name: "Max" });
  });
});

describe("a declaration of an aggregate", () => {
  const { Begun, Done } = eventFamily("Wrong", { Begun: {}, Done: {} });

  it("refuses a field with the name of a property of every aggregate", () => {
    for (const name of ["id", "version", "apply", "createdAt", "__proto__", "constructor"]) {
      const fields = Object.fromEntries([[name, z.string()]]);
      const { Named } = eventFamily("Wrong", { Named: fields });
      class Wrong extends aggregate(Named) {}
      const data = Object.fromEntries([[name, "x"]]) as DataOf<typeof Named>;
      expect(() => Wrong.create(data), name).toThrow(`has a field "${name}"`);
    }
  });

  it("refuses two methods for one event", () => {
    expect(() => {
      class Wrong extends aggregate(Begun) {
        @event(Done)
        one(): void {}
        @event(Done)
        two(): void {}
      }
      return Wrong;
    }).toThrow("Two methods of one class are decorated with @event(Wrong.Done)");
  });

  it("refuses a method for an event of another family, as the compiler does", () => {
    const { Happened } = eventFamily("Other", { Happened: {} });
    class Foreign extends aggregate(Begun) {
      // @ts-expect-error an event of another family
      @event(Happened)
      happen(): void {}
    }
    expect(() => Foreign.create()).toThrow("Other.Happened, which is not an event of Wrong");
    class Bare extends Aggregate {}
    expect(() => definitionOf(Bare)).toThrow("does not extend a class made by `aggregate`");
  });

  it("refuses a function as state", () => {
    class Wrong extends aggregate(Begun) {
      listener = () => this.version;
    }
    expect(() => Wrong.create()).toThrow("plain data only, and a function was found");
  });

  it("refuses a #private field, whose value a loaded aggregate would not have", () => {
    class Wrong extends aggregate(Begun) {
      #count = 0;
      @event(Done)
      finish(): void {
        this.#count += 1;
      }
    }
    expect(() => Wrong.create()).toThrow('"#count" of Wrong would be lost');
    class WithMethod extends aggregate(Begun) {
      text = "#no = 1;";
      #twice(): string {
        return this.text + this.text;
      }
      twice(): string {
        return this.#twice();
      }
      // A decorator makes compilers lower private methods, too.
      @event(Done)
      finish(): void {
        this.text = this.#twice();
      }
    }
    expect(WithMethod.create().twice()).toBe("#no = 1;#no = 1;");
  });
});
