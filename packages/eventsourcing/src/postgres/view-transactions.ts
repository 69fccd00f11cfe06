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

/** Those who read a replaced generation wait for that long behind who wants to drop it. */
const DROP_WAIT_MS = 100;

// Each of these runs in a transaction, on a connection that sends its queries without waiting for answers: those that
// need none are sent together, and the first that fails makes the server refuse the rest.

/** Resolves to the number of the new generation, or of the one of this version that is being built already. */
export async function createGeneration(client: ClientBase, view: ViewDefinition<Statement>): Promise<number> {
  const { name, version, tables } = view;
  // Others that begin a generation of this view wait here.
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

export async function writeSection(client: ClientBase, write: ViewWrite<Statement>): Promise<void> {
  const { generation, from, to, eventId, changes, processed, lease } = write;
  const { view, number } = generation;
  const [position] = await Promise.all([
    lockedPosition(client, generation),
    checkLease(client, lease),
    // A crash may take back the last batches together with their position, and they are processed again. Nothing
    // else may be lost.
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

/** Locks no table of a view, for that would wait for whoever reads it, and have all wait who come after. */
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

/** What it leaves is in `replaced_tables` until `dropTables` has removed it. */
async function removeGenerations(client: ClientBase, which: string, values: unknown[]): Promise<void> {
  await client.query(
    `WITH removed AS (DELETE FROM generations WHERE ${which} RETURNING view, tables)
     INSERT INTO replaced_tables (name, view)
     SELECT name, view FROM removed, jsonb_array_elements_text(tables) AS name`,
    values,
  );
}

/** Removes tables that were left, unless somebody has one open for longer than a moment. */
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
  poisonous: FailedEvent,
  lease: Lease,
): Promise<void> {
  await Promise.all([lockedPosition(client, key), checkLease(client, lease)]);
  // A NUL, which jsonb does not take, may be in a message about one.
  const stopped = { ...poisonous, error: poisonous.error.replaceAll("\0", "\u2400") };
  await client.query("UPDATE generations SET stopped = $3 WHERE view = $1 AND number = $2", [
    key.view,
    key.number,
    JSON.stringify(stopped),
  ]);
}

/** Keeps others from writing the generation until the transaction ends. @throws GenerationGoneError */
async function lockedPosition(client: ClientBase, { view, number }: GenerationKey): Promise<number> {
  const { rows } = await client.query<{ position: number }>({
    name: "lockedPosition",
    text: "SELECT position FROM generations WHERE view = $1 AND number = $2 FOR UPDATE",
    values: [view, number],
  });
  if (rows[0] === undefined) throw new GenerationGoneError(view, number);
  return rows[0].position;
}

// A lease that ran out, and that nobody took since, still keeps others from having written.
async function checkLease(client: ClientBase, { name, holder }: Lease): Promise<void> {
  const { rows } = await client.query<{ holder: string }>({
    name: "leaseOf",
    text: "SELECT holder FROM leases WHERE name = $1",
    values: [name],
  });
  if (rows[0]?.holder !== holder) throw new LeaseLostError(name);
}

/** @throws ChangeRefusedError for one that cannot be sent, or else for the first that the server refuses */
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
