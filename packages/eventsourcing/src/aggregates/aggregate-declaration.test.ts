import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type DataOf, eventFamily } from "../events/event.ts";
import { Aggregate, aggregate, beginSave, definitionOf, event } from "./aggregate.ts";

describe("a subclass of an aggregate", () => {
  const Family = eventFamily("Animal");
  const Born = Family("Born", { name: z.string() });
  const Renamed = Family("Renamed", { name: z.string() });
  const Barked = Family("Barked", {});
  class Animal extends aggregate(Born) {
    @event(Renamed)
    rename({ name }: DataOf<typeof Renamed>): void {
      this.name = name;
    }
  }
  class Dog extends Animal {
    barks = 0;
    @event(Barked)
    bark(_data: DataOf<typeof Barked>): void {
      this.barks += 1;
    }
    @event(Renamed)
    override rename({ name }: DataOf<typeof Renamed>): void {
      this.name = `${name}, a dog`;
    }
  }

  it("has the methods of its base and its own, its own first, and changes nothing for the base", () => {
    const dog = Dog.create({ name: "Rex" });
    dog.bark({});
    dog.rename({ name: "Max" });
    expect(dog).toMatchObject({ name: "Max, a dog", barks: 1, version: 3 });
    const animal = Animal.create({ name: "Tom" });
    animal.rename({ name: "Tim" });
    expect(animal.name).toBe("Tim");
    expect(definitionOf(Animal).replay(undefined, dog.pendingEvents).state).toEqual({ name: "Max" });
  });
});

describe("a declaration that cannot work is refused", () => {
  const Family = eventFamily("Wrong");

  it("with a field that has the name of something else", () => {
    for (const name of ["id", "version", "apply", "createdAt", "__proto__", "constructor"]) {
      const Begun = Family(`Begun${name.replaceAll("_", "")}`, Object.fromEntries([[name, z.string()]]));
      class Wrong extends aggregate(Begun) {}
      const data = Object.fromEntries([[name, "x"]]) as DataOf<typeof Begun>;
      expect(() => Wrong.create(data), name).toThrow(`has a field "${name}"`);
    }
  });

  it("with two methods for one event", () => {
    const Begun = Family("Begun", {});
    const Done = Family("Done", {});
    expect(() => {
      class Wrong extends aggregate(Begun) {
        @event(Done)
        one(_data: DataOf<typeof Done>): void {}
        @event(Done)
        two(_data: DataOf<typeof Done>): void {}
      }
      return Wrong;
    }).toThrow("Two methods of one class are for Wrong.Done");
  });

  it("with a function as state, or an event of another family", () => {
    const Other = eventFamily("Other")("Happened", {});
    const Started = Family("Started", {});
    class Wrong extends aggregate(Started) {
      listener = () => this.version;
      @event(Other)
      happen(_data: DataOf<typeof Other>): void {}
    }
    const wrong = Wrong.create({});
    expect(() => beginSave(wrong)).toThrow("A function is where only data can be");
    class Foreign extends aggregate(Started) {
      @event(Other)
      happen(_data: DataOf<typeof Other>): void {}
    }
    expect(() => Foreign.create({}).happen({})).toThrow("not an event of Wrong");
    class Bare extends Aggregate {}
    expect(() => definitionOf(Bare)).toThrow("does not extend a class that `aggregate` made");
  });
});
