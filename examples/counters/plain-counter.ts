import { type EventOf, plainAggregate } from "@palimpsest/eventsourcing";
import { Counted, CounterEvent, LimitReachedError, Reset, Started } from "./events.ts";

export interface Counter {
  readonly name: string;
  readonly limit: number;
  readonly count: number;
}

function evolve(counter: Counter, event: EventOf<typeof CounterEvent>): Counter {
  switch (event.type) {
    case "Counter.Started":
      return { ...counter, ...event.data };
    case "Counter.Counted":
      return { ...counter, count: counter.count + event.data.by };
    case "Counter.Reset":
      return { ...counter, count: 0 };
  }
}

export const PlainCounter = plainAggregate({
  events: CounterEvent,
  initial: { name: "", limit: 0, count: 0 },
  evolve,
});

export const start = (name: string, limit: number) => PlainCounter.begin([Started({ name, limit })]);

export function count({ name, limit, count }: Counter, by: number) {
  if (count + by > limit) throw new LimitReachedError(`"${name}" is at ${count} of ${limit}.`);
  return [Counted({ by })];
}

export const reset = ({ count }: Counter) => (count === 0 ? [] : [Reset()]);
