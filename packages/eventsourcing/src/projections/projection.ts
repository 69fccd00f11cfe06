import type { DomainEvent, EventOf, EventType } from "../events/event-type.ts";
import type { TableName, ViewDefinition } from "./view-store.ts";

/** Where an event stands in the application's total order. */
export interface EventPosition {
  readonly notificationId: number;
  readonly recordedAt: Date;
}

/**
 * An event as a projection gets it. Of several types it is the union, so that a `switch` over `event.type` gives
 * each its data, and is known to be exhausted.
 */
export type ProjectedEvent<Type extends EventType> = Type extends EventType
  ? EventOf<Type> & EventPosition
  : never;

/**
 * Follows the notifications and says what each batch of them changes in its view. `Change` is what the view's
 * store batchLimit: a `Statement` on SQLite and PostgreSQL, a function over tables in memory.
 *
 * ```ts
 * const titles = projection({
 *   name: "titles",
 *   version: 1,                               // raise it, and the view is built again beside the old one
 *   handles: [Created, TitleUpdated],
 *   tables: ["pages"],
 *   create: (table): Statement[] => [
 *     { sql: `CREATE TABLE ${table("pages")} (id TEXT PRIMARY KEY, title TEXT NOT NULL)` },
 *   ],
 *   project: (events, table) =>
 *     events.map((event) => ({
 *       sql: `INSERT INTO ${table("pages")} (id, title) VALUES ($1, $2)
 *             ON CONFLICT (id) DO UPDATE SET title = excluded.title`,
 *       params: [event.originatorId, event.data.title],
 *     })),
 * });
 * const views = await sqliteViewStore({ path: "data/views.db" });
 * const runner = new ProjectionRunner({ recorder, mapper: application.mapper, store: views, projections: [titles] });
 * runner.start();
 * await runner.waitFor(["titles"], recording.notification.id, { timeoutMs: 2_000 });
 * const rows = await views.read<{ title: string }>("titles", (table) => ({
 *   sql: `SELECT title FROM ${table("pages")} WHERE id = $1`, params: [id],
 * }));
 * ```
 */
export interface Projection<Handled extends readonly EventType[], Change> extends ViewDefinition<Change> {
  /** The types of the events that it is given. */
  readonly handles: Handled;
  /**
   * Returns how many of `events`, from 1 on, are to be one batch: fewer where they lead to more than should be in
   * memory at a time. `project` is then called with those, and later with the others. All, without this.
   */
  batchLimit?(events: readonly ProjectedEvent<Handled[number]>[]): number | Promise<number>;
  /**
   * Returns the changes that `events` make, in order. They are a batch of the notifications in order of id, one or
   * thousands, so that what only the last of them needs is done once. It is called again with the same events, alone
   * or in other batches, after something failed; so it has no other effect than what it returns. If it throws, the
   * events are given to it in ever smaller batches until the one that it cannot process is found.
   */
  project(
    events: readonly ProjectedEvent<Handled[number]>[],
    table: TableName,
  ): readonly Change[] | Promise<readonly Change[]>;
}

/** A projection whose event types do not matter. */
export interface AnyProjection<Change> extends ViewDefinition<Change> {
  readonly handles: readonly EventType[];
  batchLimit?(events: readonly (DomainEvent & EventPosition)[]): number | Promise<number>;
  project(
    events: readonly (DomainEvent & EventPosition)[],
    table: TableName,
  ): readonly Change[] | Promise<readonly Change[]>;
}

/** Returns `projection`, with its types worked out from what it handles. */
export function projection<const Handled extends readonly EventType[], Change>(
  projection: Projection<Handled, Change>,
): Projection<Handled, Change> {
  return projection;
}
