import { application } from "@palimpsest/eventsourcing";
import { ClassCounter } from "./class-counter.ts";
import { count, PlainCounter, reset, start } from "./plain-counter.ts";

export class PlainCounters extends application({ aggregates: [PlainCounter] }) {
  async start(name: string, limit: number) {
    const started = start(name, limit);
    await this.save(started);
    return started.aggregate.id;
  }

  count(id: string, by: number) {
    return this.execute(PlainCounter, id, (counter) => count(counter, by));
  }

  reset(id: string) {
    return this.execute(PlainCounter, id, reset);
  }

  async read(id: string) {
    return (await this.repository.get(PlainCounter, id)).state.count;
  }
}

export class ClassCounters extends application({ aggregates: [ClassCounter] }) {
  async start(name: string, limit: number) {
    const counter = ClassCounter.create({ name, limit });
    await this.save(counter);
    return counter.id;
  }

  count(id: string, by: number) {
    return this.execute(ClassCounter, id, (counter) => counter.add(by));
  }

  reset(id: string) {
    return this.execute(ClassCounter, id, (counter) => counter.reset());
  }

  async read(id: string) {
    return (await this.repository.get(ClassCounter, id)).count;
  }
}
