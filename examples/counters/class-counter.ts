import { aggregate, type EventOf } from "@palimpsest/eventsourcing";
import { Counted, type CounterEvent, LimitReachedError, Reset, Started } from "./events.ts";

export class ClassCounter extends aggregate(Started) {
  count = 0;

  add(by: number) {
    this.trigger(Counted({ by }));
  }

  reset() {
    if (this.count > 0) this.trigger(Reset());
  }

  protected override apply(event: EventOf<typeof CounterEvent>) {
    switch (event.type) {
      case "Counter.Counted":
        this.ensure(
          this.count + event.data.by <= this.limit,
          () => new LimitReachedError(`"${this.name}" is at ${this.count} of ${this.limit}.`),
        );
        this.count += event.data.by;
        break;
      case "Counter.Reset":
        this.count = 0;
        break;
    }
  }
}
