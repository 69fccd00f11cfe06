import { Aggregate, hasPendingEvents } from "../aggregates/aggregate.ts";
import { describeValue, ProgrammingError } from "../errors.ts";
import type { Saveable } from "./aggregate-type.ts";

/** @throws ProgrammingError saying what to pass instead, unless `item` can be saved */
export function requireSaveable(item: unknown): void {
  if (item instanceof Aggregate) return;
  const fields = (typeof item === "object" && item !== null ? item : {}) as Readonly<Record<string, unknown>>;
  if ("pending" in fields && "definition" in fields) return;
  if ("type" in fields && fields.originatorVersion === null) return;
  throw new ProgrammingError(
    `save accepts aggregates, changes of plain aggregates and log entries, not ${describeValue(item)}.${adviceFor(item, fields)}`,
  );
}

function adviceFor(item: unknown, fields: Readonly<Record<string, unknown>>): string {
  if (item instanceof Promise) return " Await the aggregate first.";
  if (typeof fields.type === "function") return " Trigger the new event on an aggregate or a log.";
  if ("state" in fields && "version" in fields)
    return " Trigger new events on the state, and save the changes.";
  return "";
}

/** Returns the id of the aggregate that `item` changes, if it does. */
export function changedIds(item: Saveable): readonly string[] {
  if (item instanceof Aggregate) return hasPendingEvents(item) ? [item.id] : [];
  return "pending" in item && item.pending.length > 0 ? [item.aggregate.id] : [];
}
