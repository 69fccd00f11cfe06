// Wrong programs that the compiler refuses. `tsc -b` checks each @ts-expect-error; nothing here runs.
import {
  Application,
  aggregate,
  application,
  type DataOf,
  type DomainEvent,
  type EventOf,
  event,
  eventFamily,
  type ProjectedEvent,
  plainAggregate,
  processApplication,
  projection,
  type Statement,
} from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { z } from "zod";

const DogEvent = eventFamily("Dog", {
  Registered: { name: z.string(), age: z.number().optional() },
  TrickAdded: { trick: z.string() },
});
const { Registered, TrickAdded } = DogEvent;
const { Born } = eventFamily("Cat", { Born: { name: z.string() } });

class Dog extends aggregate(Registered) {
  tricks: string[] = [];

  @event(TrickAdded)
  addTrick({ trick }: DataOf<typeof TrickAdded>) {
    this.tricks.push(trick);
  }
}
class Cat extends aggregate(Born) {}
class School extends application({ aggregates: [Dog] }) {}

const recorder = memoryRecorder();
const school = new School({ recorder });
const dog = Dog.create({ name: "Rex" });

export class WrongDog extends aggregate(Registered) {
  // @ts-expect-error the event's field is a string
  @event(TrickAdded)
  addNumber(_data: { trick: number }) {}

  // @ts-expect-error the parameter is the event's data, not one of its fields
  @event(TrickAdded)
  addField(_trick: string) {}

  // @ts-expect-error a name is not an event type
  @event("TrickAdded")
  addByName(_data: DataOf<typeof TrickAdded>) {}

  // @ts-expect-error an event of another family
  @event(Born)
  bear(_data: DataOf<typeof Born>) {}

  // @ts-expect-error an asynchronous method
  @event(TrickAdded)
  async addLater(_data: DataOf<typeof TrickAdded>) {}

  // @ts-expect-error a second parameter
  @event(TrickAdded)
  addTwo(_data: DataOf<typeof TrickAdded>, _more: string) {}

  // @ts-expect-error a result
  @event(TrickAdded)
  addAndCount(_data: DataOf<typeof TrickAdded>): number {
    return 1;
  }

  triggerForeign() {
    // @ts-expect-error an event of another family
    this.trigger(Born({ name: "Tom" }));
  }

  protected override apply(event: EventOf<typeof DogEvent>) {
    switch (event.type) {
      case "Dog.Registered":
        // @ts-expect-error a field of another event
        this.name = event.data.trick;
        break;
      // @ts-expect-error no event of the family has this topic
      case "Dog.Trick":
        break;
    }
  }
}

// @ts-expect-error a misspelt field
Dog.create({ nam: "Rex" });
// @ts-expect-error a field in place of the data
Dog.create("Rex");
// @ts-expect-error a missing field
Dog.create({});
// @ts-expect-error `create` makes aggregates, not `new`
new Dog();
// @ts-expect-error a field in place of the data
dog.addTrick("roll over");
// @ts-expect-error the field is a string
dog.addTrick({ trick: 5 });
// @ts-expect-error an unknown field
dog.addTrick({ trick: "roll over", times: 2 });
// @ts-expect-error the field is optional
dog.age.toFixed();
// @ts-expect-error the field is a string
dog.name = 1;
// @ts-expect-error the version cannot be set
dog.version = 2;
// @ts-expect-error commands of the aggregate trigger its events
dog.trigger(TrickAdded({ trick: "roll over" }));
// @ts-expect-error a protected method
dog.apply(dog.pendingEvents[0]);
// @ts-expect-error the name of an event type in place of the event type
aggregate("Registered");

// @ts-expect-error a promise of an aggregate
school.save(school.repository.get(Dog, dog.id));
// @ts-expect-error a promise of an aggregate
school.repository.get(Dog, dog.id).addTrick({ trick: "roll over" });
// @ts-expect-error the class is missing
school.repository.get(dog.id);
// @ts-expect-error a Dog is no Cat
export const cat: Cat = await school.repository.get(Dog, dog.id);
// @ts-expect-error an aggregate of another application
school.save(Cat.create({ name: "Tom" }));
// @ts-expect-error an aggregate of another application
await school.repository.get(Cat, dog.id);
// @ts-expect-error an aggregate of another application
school.execute(Cat, dog.id, () => {});
// @ts-expect-error the recorder is missing
new School({});
// @ts-expect-error a misspelt option
new School({ recorder, cachesize: 5 });
// @ts-expect-error a misspelt aggregate
application({ aggregates: [Dog], snapshots: { Dogg: { every: 5 } } });

class StaticAggregates extends Application {
  static aggregates = [Dog];
}
// @ts-expect-error an application extends `application({ aggregates })`
new StaticAggregates({ recorder });
class FieldAggregates extends Application {
  aggregates = [Dog];
}
// @ts-expect-error an application extends `application({ aggregates })`
new FieldAggregates({ recorder });

// @ts-expect-error one schema in place of a schema for each field
eventFamily("Bird", { Hatched: z.object({ name: z.string() }) });
// @ts-expect-error a field without a schema
eventFamily("Bird", { Hatched: { name: "string" } });

const unknownEvent: DomainEvent = dog.pendingEvents[0] as DomainEvent;
// @ts-expect-error the data of an unknown event
export const unknownName = unknownEvent.data.name;

plainAggregate<{ n: number }, EventOf<typeof DogEvent>>({
  events: DogEvent,
  initial: { n: 1 },
  // @ts-expect-error no event of the family has this field
  evolve: (state, event) => ({ n: state.n + event.data.x }),
});

export class WrongEvent extends processApplication({ aggregates: [Cat], handles: [TrickAdded] }) {
  // @ts-expect-error an event that is not handled
  policy(event: ProjectedEvent<typeof Registered>) {
    return [Cat.create({ name: event.data.name })];
  }
}
export class WrongConsequence extends processApplication({ aggregates: [Cat], handles: [TrickAdded] }) {
  // @ts-expect-error an aggregate of another application
  policy() {
    return [Dog.create({ name: "Rex" })];
  }
}

projection({
  name: "dogs",
  version: 1,
  handles: [Registered],
  tables: ["dogs"],
  project: (events, table): Statement[] =>
    // @ts-expect-error a misspelt field
    events.map(({ data }) => ({ sql: `INSERT INTO ${table("dogs")} VALUES ($1)`, params: [data.nam] })),
});
projection({
  name: "dogs",
  version: 1,
  handles: [Registered, TrickAdded],
  tables: ["dogs"],
  project: (events): Statement[] =>
    events.map((event) => ({
      sql: "",
      // @ts-expect-error a field of another event
      params: [event.type === "Dog.Registered" ? event.data.name : event.data.name],
    })),
});
