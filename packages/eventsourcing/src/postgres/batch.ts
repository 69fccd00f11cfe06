import type { QueryArrayConfig } from "pg";
import type { AppendResult, Tracking, UnrecordedEvent } from "../recorder/recorder.ts";
import { errorOf, type Refusal } from "./failure.ts";
import type { Schema } from "./schema-name.ts";
import type { AppendClock, ServerClock } from "./server-clock.ts";

/** Events, and a tracking position, that are stored together or not at all. */
export interface Save {
  readonly events: readonly UnrecordedEvent[];
  readonly tracking: Tracking | undefined;
}

export type Outcome = PromiseSettledResult<readonly AppendResult[]>;

export type AppendRow = readonly [
  firstId: string,
  recordedMs: string,
  /** The version of each event. Null if its save was refused. */
  versions: readonly (number | null)[],
  refused: readonly (Refusal & { readonly save: number })[],
  clockMs: string,
];

export interface AppendSettings {
  readonly clock: ServerClock;
  readonly transactionTimeoutMs: number;
}

/** The prefix of a server parameter that does not exist. Reading it raises an error whose message has its name. */
const CLOCK_AHEAD = "palimpsest.clock_ahead";

/**
 * Returns the statement that appends a batch. Only under the lock of `append` is the last recorded time known, so the
 * statement itself compares the time that the events would get. If it is too late, the statement fails.
 */
export function appendStatement(
  schema: Schema,
  saves: readonly Save[],
  {
    nowMs,
    expectedMs,
    maxAheadMs,
    transactionTimeoutMs,
  }: AppendClock & Pick<AppendSettings, "transactionTimeoutMs">,
): QueryArrayConfig<unknown[]> {
  const events = saves.flatMap((save) => save.events);
  let end = 0;
  return {
    name: "append",
    text: `SELECT first_id, recorded_ms, given_versions, refused, clock_ms,
             CASE WHEN recorded_ms > least(clock_ms, $11::bigint) + $12::bigint AND cardinality($1::uuid[]) > 0 THEN
               current_setting('${CLOCK_AHEAD}_' || clock_ms || '_' || recorded_ms)
             END
           FROM (
             SELECT *, coalesce($9::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) AS clock_ms
             FROM ${schema.quoted}.append($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bytea[],
                                          $6::int[], $7::text[], $8::bigint[], $9::bigint, $10::int)) AS appended`,
    values: [
      events.map(({ eventId }) => eventId),
      events.map(({ originatorId }) => originatorId),
      events.map(({ originatorVersion }) => originatorVersion),
      events.map(({ topic }) => topic),
      byteaArray(events.map(({ state }) => state)),
      saves.map((save) => {
        end += save.events.length;
        return end;
      }),
      saves.map(({ tracking }) => tracking?.name),
      saves.map(({ tracking }) => tracking?.notificationId),
      nowMs,
      transactionTimeoutMs,
      expectedMs === undefined ? undefined : Math.ceil(expectedMs),
      maxAheadMs,
    ],
    rowMode: "array",
  };
}

export function timesOfClockAhead(
  error: unknown,
): readonly [clockMs: number, recordedMs: number] | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, clockMs, recordedMs] = /palimpsest\.clock_ahead_(\d+)_(\d+)/.exec(error.message) ?? [];
  return recordedMs === undefined ? undefined : [Number(clockMs), Number(recordedMs)];
}

export function outcomesOf(saves: readonly Save[], row: AppendRow): readonly Outcome[] {
  const [firstId, recordedMs, versions, refused] = row;
  const refusals = new Map(refused.map((refusal) => [refusal.save, refusal]));
  let id = Number(firstId);
  let event = 0;
  return saves.map(({ events }, save) => {
    const ownVersions = versions.slice(event, event + events.length);
    event += events.length;
    const refusal = refusals.get(save);
    if (refusal !== undefined) return { status: "rejected", reason: errorOf(refusal) };
    const value = ownVersions.map((version) => ({
      notificationId: id++,
      originatorVersion: version ?? 0,
      recordedAt: new Date(Number(recordedMs)),
    }));
    return { status: "fulfilled", value };
  });
}

export function stateBytesOf({ events }: Save): number {
  return events.reduce((sum, { state }) => sum + state.byteLength, 0);
}

const BYTEA_OID = 17;
const HEADER_BYTES = 20;

/**
 * Encodes a `bytea[]` in PostgreSQL's binary format (see `array_recv` in its source), half the size of the text that
 * pg would send. pg sends every Buffer as binary.
 */
function byteaArray(items: readonly Uint8Array[]): Buffer {
  const size = items.reduce((sum, { byteLength }) => sum + 4 + byteLength, HEADER_BYTES);
  const array = Buffer.allocUnsafe(size);
  let offset = 0;
  // Number of dimensions, flags, type of the items, their number, index of the first.
  for (const field of [1, 0, BYTEA_OID, items.length, 1]) offset = array.writeInt32BE(field, offset);
  for (const item of items) {
    offset = array.writeInt32BE(item.byteLength, offset);
    array.set(item, offset);
    offset += item.byteLength;
  }
  return array;
}
