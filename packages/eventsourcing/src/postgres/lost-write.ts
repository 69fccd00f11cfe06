import type { ClientBase } from "pg";
import type { AppendResult } from "../recorder/recorder.ts";
import type { Save } from "./batch.ts";
import type { Reader } from "./reader.ts";

/**
 * Resolves to the results of each save of a batch whose connection broke. Undefined: it was not stored and never will
 * be (R6).
 *
 * The session of that connection may still run the statement, or receive it later. It holds the advisory lock
 * `sessionKey` until it ends, so once this function has the lock, the session stores nothing more.
 */
export async function resultsOfLostBatch(
  client: ClientBase,
  sessionKey: string,
  saves: readonly Save[],
  reader: Reader,
): Promise<readonly (readonly AppendResult[] | undefined)[]> {
  await endSession(client, sessionKey);
  await client.query("BEGIN");
  await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [sessionKey]);
  const found: (readonly AppendResult[] | undefined)[] = [];
  for (const save of saves) found.push(await resultsOf(client, save, reader));
  // The session may have ended while its commit waited for the synchronous standby, which then lacks the events that
  // are visible here. This commit waits for the standby too, provided that the transaction writes something.
  await client.query("SELECT pg_logical_emit_message(true, 'palimpsest', '')");
  await client.query("COMMIT");
  return found;
}

/** Ends the session that holds the lock. If the role may not end it, the caller waits for its end. */
async function endSession(client: ClientBase, sessionKey: string): Promise<void> {
  await client
    .query(
      `SELECT pg_terminate_backend(l.pid) FROM pg_locks l
       WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
         AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
         AND (l.classid::bigint << 32) | l.objid::bigint = $1::bigint`,
      [sessionKey],
    )
    .catch(() => {});
}

async function resultsOf(
  client: ClientBase,
  { events, tracking }: Save,
  reader: Reader,
): Promise<readonly AppendResult[] | undefined> {
  const eventIds = events.map(({ eventId }) => eventId);
  const byEventId = new Map(
    (await reader.results(client, eventIds)).map(({ eventId, ...result }) => [eventId, result]),
  );
  const results = eventIds.flatMap((eventId) => byEventId.get(eventId) ?? []);
  if (results.length < events.length) return undefined;
  if (tracking !== undefined) {
    const tracked = await reader.maxTrackingId(client, tracking.name);
    if (tracked < tracking.notificationId) return undefined;
  }
  return results;
}
