import type { FailedEvent, Generation, Statement } from "./view-store.ts";

/** A row of `selectGenerations`, which has the same types on SQLite and PostgreSQL. */
export interface GenerationRow
  extends Pick<Generation, "view" | "number" | "version" | "position" | "processed"> {
  readonly active: number;
  readonly skipped: string;
  readonly stopped: string | null;
  readonly eventId: string | null;
}

/** Selects the generations of one view or of all views. `rowLock` ends the statement. */
export function selectGenerations(view: string | undefined, rowLock = ""): Statement {
  return {
    // A program of version 1 of the schema advances `position` alone, and `event_id` is then outdated.
    sql: `SELECT view, number, version, position, processed, CAST(active AS integer) AS active,
            CAST(skipped AS text) AS skipped, CAST(stopped AS text) AS stopped,
            CASE WHEN event_position = position THEN event_id END AS "eventId"
          FROM generations WHERE view = $1 OR $1 IS NULL ORDER BY view, number ${rowLock}`,
    params: [view ?? null],
  };
}

export function generationOf({ active, skipped, stopped, eventId, ...row }: GenerationRow): Generation {
  return {
    ...row,
    active: active === 1,
    skipped: JSON.parse(skipped) as number[],
    stopped: stopped === null ? undefined : (JSON.parse(stopped) as FailedEvent),
    eventId: eventId ?? undefined,
  };
}

/** Selects the `number` of the active generation. */
export function selectActive(view: string): Statement {
  return { sql: "SELECT number FROM generations WHERE view = $1 AND active", params: [view] };
}
