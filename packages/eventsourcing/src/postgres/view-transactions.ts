import { type ClientBase, escapeIdentifier, type QueryConfig } from "pg";
import { TrackingConflictError } from "../errors.ts";
import { tableNames } from "../projections/view-checks.ts";
import { ChangeRefusedError, GenerationGoneError, LeaseLostError } from "../projections/view-errors.ts";
import type {
  FailedEvent,
  Generation,
  Lease,
  Statement,
  ViewDefinition,
  ViewWrite,
} from "../projections/view-store.ts";
import { refusalOf } from "./view-failure.ts";
import { preparedQueryOf } from "./view-statements.ts";

type GenerationKey = Pick<Generation, "view" | "number">;

/** How long a DROP waits for readers. New readers wait behind it. */
const DROP_WAIT_MS = 100;

// Each function runs in a transaction on a pipelined connection. Queries that need no earlier answer are sent together;
// after the first that fails, the server refuses the rest.

/** Resolves to the number of a new generation, or of the one of this version that is already being built. */
export async function createGeneration(client: ClientBase, view: ViewDefinition<Statement>): Promise<number> {
  const { name, version, tables } = view;
  const { rows } = await client.query<{ number: number }>(
    `INSERT INTO views (name, last_generation) VALUES ($1, 1)
     ON CONFLICT (name) DO UPDATE SET last_generation = views.last_generation + 1
     RETURNING last_generation AS number`,
    [name],
  );
  const begun = await client.query<{ number: number }>(
    "SELECT number FROM generations WHERE view = $1 AND version = $2 AND NOT active ORDER BY number",
    [name, version],
  );
  if (begun.rows[0] !== undefined) return begun.rows[0].number;
  const number = rows[0]?.number ?? 0;
  const table = tableNames(name, number);
  await apply(client, name, view.create?.(table) ?? []);
  await client.query(
    `INSERT INTO generations (view, number, version, active, position, processed, tables, skipped)
     VALUES ($1, $2, $3, NOT EXISTS (SELECT FROM generations WHERE view = $1), 0, 0, $4, '[]')`,
    [name, number, version, JSON.stringify(tables.map(table))],
  );
  return number;
}

export async function writeBatch(client: ClientBase, write: ViewWrite<Statement>): Promise<void> {
  const { generation, from, to, eventId, changes, processed, lease } = write;
  const { view, number } = generation;
  const [position] = await Promise.all([
    lockedPosition(client, generation),
    checkLease(client, lease),
    // A crash can undo the last batches with their positions. They are then processed again.
    client.query("SET LOCAL synchronous_commit TO off"),
  ]);
  if (position !== from) throw new TrackingConflictError(view, to, position);
  const advanced = client.query({
    name: "advance",
    text: `UPDATE generations SET position = $3, event_id = $4, event_position = $3, processed = processed + $5
           WHERE view = $1 AND number = $2`,
    values: [view, number, to, eventId, processed],
  });
  await Promise.all([advanced, apply(client, view, changes)]);
}

/** Locks no table of the view: a lock would wait for its readers, and new readers would wait for the lock. */
export async function activateGeneration(
  client: ClientBase,
  { view, number }: GenerationKey,
  lease: Lease,
): Promise<void> {
  await Promise.all([lockedPosition(client, { view, number }), checkLease(client, lease)]);
  await removeGenerations(client, "view = $1 AND number < $2", [view, number]);
  await client.query("UPDATE generations SET active = true WHERE view = $1 AND number = $2", [view, number]);
}

export async function discardGeneration(
  client: ClientBase,
  { view, number }: GenerationKey,
  lease: Lease,
): Promise<void> {
  await Promise.all([lockedPosition(client, { view, number }), checkLease(client, lease)]);
  await removeGenerations(client, "view = $1 AND number = $2 AND NOT active", [view, number]);
}

/** Leaves the tables, and lists them in `replaced_tables` for `dropTables`. */
async function removeGenerations(client: ClientBase, condition: string, values: unknown[]): Promise<void> {
  await client.query(
    `WITH removed AS (DELETE FROM generations WHERE ${condition} RETURNING view, tables)
     INSERT INTO replaced_tables (name, view)
     SELECT name, view FROM removed, jsonb_array_elements_text(tables) AS name`,
    values,
  );
}

/** Drops replaced tables. Fails if another session holds a lock of one. */
export async function dropTables(client: ClientBase, names: readonly string[]): Promise<void> {
  await Promise.all([
    client.query(`SET LOCAL lock_timeout TO ${DROP_WAIT_MS}`),
    client.query(`DROP TABLE IF EXISTS ${names.map(escapeIdentifier).join(", ")}`),
    client.query("DELETE FROM replaced_tables WHERE name = ANY ($1::text[])", [names]),
  ]);
}

export async function stopGeneration(
  client: ClientBase,
  key: GenerationKey,
  failed: FailedEvent,
  lease: Lease,
): Promise<void> {
  await Promise.all([lockedPosition(client, key), checkLease(client, lease)]);
  // jsonb cannot contain NUL.
  const stopped = { ...failed, error: failed.error.replaceAll("\0", "\u2400") };
  await client.query("UPDATE generations SET stopped = $3 WHERE view = $1 AND number = $2", [
    key.view,
    key.number,
    JSON.stringify(stopped),
  ]);
}

/** Locks the generation against other writers until the transaction ends. @throws GenerationGoneError */
async function lockedPosition(client: ClientBase, { view, number }: GenerationKey): Promise<number> {
  const { rows } = await client.query<{ position: number }>({
    name: "lockedPosition",
    text: "SELECT position FROM generations WHERE view = $1 AND number = $2 FOR UPDATE",
    values: [view, number],
  });
  if (rows[0] === undefined) throw new GenerationGoneError(view, number);
  return rows[0].position;
}

// An expired lease that nobody has taken is still safe to write with.
async function checkLease(client: ClientBase, { name, holder }: Lease): Promise<void> {
  const { rows } = await client.query<{ holder: string }>({
    name: "leaseOf",
    text: "SELECT holder FROM leases WHERE name = $1",
    values: [name],
  });
  if (rows[0]?.holder !== holder) throw new LeaseLostError(name);
}

/** @throws ChangeRefusedError for the first statement that is invalid or refused */
async function apply(client: ClientBase, view: string, statements: readonly Statement[]): Promise<void> {
  const queries = queriesOf(view, statements);
  const outcomes = await Promise.allSettled(queries.map((query) => client.query(query)));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw refusalOf(view, failed.reason);
}

function queriesOf(view: string, statements: readonly Statement[]): QueryConfig[] {
  try {
    return statements.map(preparedQueryOf);
  } catch (error) {
    throw new ChangeRefusedError(view, error);
  }
}
