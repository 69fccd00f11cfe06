import { InvalidArgumentError, ProgrammingError } from "../errors.ts";
import type { DomainEvent, EventOf, EventType } from "../events/event-type.ts";
import type { Mapper } from "../events/mapper.ts";
import { checkView } from "./view-checks.ts";
import type { TableName, ViewDefinition } from "./view-store.ts";

/** The position of an event in the application's total order. */
export interface EventPosition {
  readonly notificationId: number;
  readonly recordedAt: Date;
}

/**
 * An event as a projection receives it. For several event types it is their union, so that a `switch` over
 * `event.type` narrows `event.data` and can be exhaustive.
 */
export type ProjectedEvent<Type extends EventType> = Type extends EventType
  ? EventOf<Type> & EventPosition
  : never;

/**
 * Turns events into changes of a view. `Change` is the type of change that the view's store applies: a `Statement` on
 * SQLite and PostgreSQL, a function over tables in memory.
 *
 * ```ts
 * const titles = projection({
 *   name: "titles",
 *   version: 1,                               // raise it to rebuild the view
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
  /** The types of the events that `project` receives. */
  readonly handles: Handled;
  /**
   * Returns how many of `events`, from 1, form one batch; the others form the next ones. Limits the memory that
   * `project` needs for events which cause many changes. Without it all of `events` form one batch.
   */
  batchLimit?(events: readonly ProjectedEvent<Handled[number]>[]): number | Promise<number>;
  /**
   * Returns the changes that `events` make, in the order to apply them. `events` is a batch of one or thousands, in
   * order of notification id. Must have no other effect, because it is called again with the same events after a
   * failure, in batches that may differ. If it throws, smaller batches find the event that it cannot process.
   */
  project(
    events: readonly ProjectedEvent<Handled[number]>[],
    table: TableName,
  ): readonly Change[] | Promise<readonly Change[]>;
}

/** A projection of any event types. */
export interface AnyProjection<Change> extends ViewDefinition<Change> {
  readonly handles: readonly EventType[];
  batchLimit?(events: readonly (DomainEvent & EventPosition)[]): number | Promise<number>;
  project(
    events: readonly (DomainEvent & EventPosition)[],
    table: TableName,
  ): readonly Change[] | Promise<readonly Change[]>;
}

/** Returns `projection`, and infers the types of its events from `handles`. */
export function projection<const Handled extends readonly EventType[], Change>(
  projection: Projection<Handled, Change>,
): Projection<Handled, Change> {
  return projection;
}

/** Returns the topics under which events of `types` may be stored. */
export function topicsOf(types: readonly EventType[]): readonly string[] {
  return types.flatMap(({ topics }) => topics);
}

/** @throws InvalidArgumentError or ProgrammingError for a projection that could never be processed */
export function checkProjections(projections: readonly AnyProjection<unknown>[], mapper: Mapper): void {
  for (const projection of projections) {
    checkView(projection);
    const owner = `The projection "${projection.name}"`;
    checkHandles(owner, projection.handles, mapper);
    if (typeof projection.project !== "function")
      throw new InvalidArgumentError(`project of "${projection.name}"`, projection.project, "a function");
  }
  const duplicate = duplicateIn(projections.map(({ name }) => name));
  if (duplicate !== undefined)
    throw new ProgrammingError(
      `Two projections of one runner are named "${duplicate}"; give each its own name.`,
    );
}

/** @throws ProgrammingError if `handles` is empty, or names an event type twice or one that `mapper` cannot read */
export function checkHandles(owner: string, handles: readonly EventType[], mapper: Mapper): void {
  if (!Array.isArray(handles) || handles.length === 0)
    throw new ProgrammingError(`${owner} handles no events; list their types in "handles".`);
  const topics = topicsOf(handles);
  const duplicate = duplicateIn(topics);
  if (duplicate !== undefined) throw new ProgrammingError(`${owner} lists ${duplicate} twice in "handles".`);
  const unknown = topics.find((topic) => !mapper.hasType(topic));
  if (unknown !== undefined)
    throw new ProgrammingError(
      `${owner} handles ${unknown}, which the mapper of its application does not know: ` +
        "add its event type to the application, or pass the mapper of the application that records it.",
    );
}

function duplicateIn(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}
