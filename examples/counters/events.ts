import { CodedError, eventFamily } from "@palimpsest/eventsourcing";
import { schema } from "./schema.ts";

const name = schema<string>("a text", (value) => typeof value === "string");
const wholeNumber = schema<number>(
  "a whole number from 1",
  (value) => Number.isSafeInteger(value) && Number(value) > 0,
);

export const CounterEvent = eventFamily("Counter", {
  Started: { name, limit: wholeNumber },
  Counted: { by: wholeNumber },
  Reset: {},
});
export const { Started, Counted, Reset } = CounterEvent;

export class LimitReachedError extends CodedError {
  readonly code = "limit-reached";
}
