import type { ClientBase } from "pg";
import type { AppendResult } from "../recorder/recorder.ts";
import type { Save } from "./batch.ts";
import type { Reader } from "./reader.ts";

/**
 * Resolves, for each save of a batch whose connection broke, to its results, or to undefined when it was not
 * stored and never will be (R6).
 *
 * The session of that connection may still be at work, or have its statement yet before it. It holds the lock
 * `sessionKey` until it has ended, so who gets that lock knows that nothing of it is to come.
 */
export async function placementsOfLostBatch(
  client: ClientBase,
  sessionKey: string,
  saves: readonly Save[],
  reader: Reader,
): Promise<readonly (readonly AppendResult[] | undefined)[]> {
  await endSession(client, sessionKey);
  await client.query("BEGIN");
  await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [sessionKey]);
  const found: (readonly AppendResult[] | undefined)[] = [];
  for (const save of saves) found.push(await placementsOf(client, save, reader));
  // A commit is seen before the synchronous standby has it, when its session ended while it waited for that. The
  // commit of this transaction waits for the standby, too, if only it writes something.
  await client.query("SELECT pg_logical_emit_message(true, 'palimpsest', '')");
  await client.query("COMMIT");
  return found;
}

/** Without this the session goes on until it has its turn. If it may not be ended, it is waited for. */
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

async function placementsOf(
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
