import type { ClientBase } from "pg";
import type {
  AppendResult,
  Notification,
  NotificationRange,
  StoredSnapshot,
  VersionRange,
} from "../recorder/recorder.ts";
import type { Schema } from "./schema-name.ts";

type SnapshotRow = [originatorId: string, originatorVersion: number, topic: string, state: Uint8Array];
type NotificationRow = [...SnapshotRow, eventId: string, id: number, recordedAt: number];
type AppendResultRow = [eventId: string, id: number, originatorVersion: number, recordedAt: number];

const MAX_VERSION = Number.MAX_SAFE_INTEGER;
/** Other texts cannot be compared with a `uuid` column. The recorder stores ids in lower case only. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const BIGINT = 20;
const BYTEA = 17;
/** Independent of the parsers that the program has set in pg. */
const TYPES = {
  getTypeParser(type: number): (text: string) => unknown {
    if (type === BIGINT) return Number;
    return type === BYTEA ? bytesOf : String;
  },
};

/** Runs the recorder's queries on a given connection. Each call sees everything that was committed before it. */
export class Reader {
  readonly #statements: ReturnType<typeof readerStatements>;

  constructor(schema: Schema) {
    this.#statements = readerStatements(schema);
  }

  async events(
    client: ClientBase,
    originatorId: string,
    { gt = 0, lte = MAX_VERSION, desc, limit }: VersionRange,
  ): Promise<Notification[]> {
    if (!UUID.test(originatorId)) return [];
    const { events, eventsDescending } = this.#statements;
    const statement = desc ? eventsDescending : events;
    return (await select<NotificationRow>(client, statement, [originatorId, gt, lte, limit])).map(
      notificationOf,
    );
  }

  async snapshots(
    client: ClientBase,
    originatorId: string,
    { gt = 0, lte = MAX_VERSION, desc, limit }: VersionRange,
  ): Promise<StoredSnapshot[]> {
    if (!UUID.test(originatorId)) return [];
    const { snapshots, snapshotsDescending } = this.#statements;
    const statement = desc ? snapshotsDescending : snapshots;
    return (await select<SnapshotRow>(client, statement, [originatorId, gt, lte, limit])).map(snapshotOf);
  }

  async notifications(
    client: ClientBase,
    { start, stop = MAX_VERSION, limit, topics, maxBytes }: NotificationRange,
  ): Promise<Notification[]> {
    const statements = this.#statements;
    const values: unknown[] = [start, stop, limit];
    let statement = statements.notifications;
    if (maxBytes !== undefined) {
      statement =
        topics === undefined ? statements.notificationsByBytes : statements.notificationsOfTopicsByBytes;
      values.push(maxBytes);
    } else if (topics !== undefined) statement = statements.notificationsOfTopics;
    if (topics !== undefined) values.push(topics.filter(isText));
    return (await select<NotificationRow>(client, statement, values)).map(notificationOf);
  }

  async notificationsOf(client: ClientBase, eventIds: readonly string[]): Promise<Notification[]> {
    const ids = [...new Set(eventIds)].filter((eventId) => UUID.test(eventId));
    const rows = await select<NotificationRow>(client, this.#statements.notificationsOfEvents, [ids]);
    return rows.map(notificationOf);
  }

  async results(
    client: ClientBase,
    eventIds: readonly string[],
  ): Promise<(AppendResult & { eventId: string })[]> {
    const rows = await select<AppendResultRow>(client, this.#statements.results, [eventIds]);
    return rows.map(([eventId, id, originatorVersion, recordedAt]) => ({
      eventId,
      notificationId: id,
      originatorVersion,
      recordedAt: new Date(recordedAt),
    }));
  }

  maxNotificationId(client: ClientBase): Promise<number> {
    return selectNumber(client, this.#statements.maxNotificationId, []);
  }

  /** Resolves to the server's time and that of the last event, in milliseconds since 1970. */
  async times(client: ClientBase): Promise<[serverMs: number, lastRecordedMs: number | undefined]> {
    const [row] = await select<[number, number | null]>(client, this.#statements.times, []);
    return [row?.[0] ?? 0, row?.[1] ?? undefined];
  }

  /** @param instant in milliseconds since 1970 */
  notificationIdAt(client: ClientBase, instant: number): Promise<number> {
    return selectNumber(client, this.#statements.notificationIdAt, [instant]);
  }

  async maxTrackingId(client: ClientBase, name: string): Promise<number> {
    return isText(name) ? selectNumber(client, this.#statements.tracked, [name]) : 0;
  }
}

/** PostgreSQL's `text` cannot contain NUL. */
export function isText(value: string): boolean {
  return !value.includes("\0");
}

interface Statement {
  readonly name: string;
  readonly text: string;
}

async function select<Row extends unknown[]>(
  client: ClientBase,
  { name, text }: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const { rows } = await client.query<Row>({
    name,
    text,
    values: [...values],
    rowMode: "array",
    types: TYPES,
  });
  return rows;
}

async function selectNumber(
  client: ClientBase,
  statement: Statement,
  values: readonly unknown[],
): Promise<number> {
  const [row] = await select<[number | null]>(client, statement, values);
  return row?.[0] ?? 0;
}

function readerStatements({ quoted }: Schema) {
  const snapshotColumns = "originator_id, originator_version, topic, state";
  const notificationColumns = `${snapshotColumns}, event_id, notification_id, recorded_at`;
  const ofOriginator = (order: "ASC" | "DESC") =>
    `WHERE originator_id = $1::uuid AND originator_version > $2::bigint AND originator_version <= $3::bigint
     ORDER BY originator_version ${order} LIMIT $4::bigint`;
  const notifications = `SELECT ${notificationColumns} FROM ${quoted}.events`;
  // LATERAL with LIMIT looks up each id by the index. A join could be planned as a scan of the whole table.
  const ofIds = `FROM unnest($1::uuid[]) AS wanted (id),
    LATERAL (SELECT * FROM ${quoted}.events e WHERE e.event_id = wanted.id LIMIT 1) AS found`;
  const inRange = "notification_id BETWEEN $1::bigint AND $2::bigint";
  const inOrder = "ORDER BY notification_id";
  const ofTopics = (parameter: string) => `AND topic = ANY (${parameter}::text[])`;
  // `octet_length` reads only the length, so states beyond `maxBytes` are not fetched.
  const byBytes = (condition: string) =>
    `SELECT ${notificationColumns} FROM (
       SELECT *, sum(octet_length(state)) OVER (${inOrder} ROWS UNBOUNDED PRECEDING) - octet_length(state) AS bytes_before
       FROM (SELECT * FROM ${quoted}.events WHERE ${condition} ${inOrder} LIMIT $3::bigint) AS in_range
     ) AS summed_up WHERE bytes_before < $4::bigint ${inOrder}`;
  const statements = {
    events: `${notifications} ${ofOriginator("ASC")}`,
    eventsDescending: `${notifications} ${ofOriginator("DESC")}`,
    snapshots: `SELECT ${snapshotColumns} FROM ${quoted}.snapshots ${ofOriginator("ASC")}`,
    snapshotsDescending: `SELECT ${snapshotColumns} FROM ${quoted}.snapshots ${ofOriginator("DESC")}`,
    notifications: `${notifications} WHERE ${inRange} ${inOrder} LIMIT $3::bigint`,
    notificationsOfTopics: `${notifications} WHERE ${inRange} ${ofTopics("$4")} ${inOrder} LIMIT $3::bigint`,
    notificationsByBytes: byBytes(inRange),
    notificationsOfTopicsByBytes: byBytes(`${inRange} ${ofTopics("$5")}`),
    notificationsOfEvents: `SELECT ${notificationColumns} ${ofIds} ${inOrder}`,
    results: `SELECT event_id, notification_id, originator_version, recorded_at ${ofIds}`,
    maxNotificationId: `SELECT max(notification_id) FROM ${quoted}.events`,
    times: `SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint,
              (SELECT recorded_at FROM ${quoted}.events ORDER BY notification_id DESC LIMIT 1)`,
    notificationIdAt: `SELECT ${quoted}.notification_id_at($1::bigint)`,
    tracked: `SELECT notification_id FROM ${quoted}.tracking WHERE name = $1::text`,
  };
  return Object.fromEntries(
    Object.entries(statements).map(([name, text]) => [name, { name, text }]),
  ) as Readonly<Record<keyof typeof statements, Statement>>;
}

function snapshotOf([originatorId, originatorVersion, topic, state]: SnapshotRow): StoredSnapshot {
  return { originatorId, originatorVersion, topic, state };
}

function notificationOf(row: NotificationRow): Notification {
  const [originatorId, originatorVersion, topic, state, eventId, id, recordedAt] = row;
  return { id, recordedAt: new Date(recordedAt), eventId, originatorId, originatorVersion, topic, state };
}

/** Decodes `\x…`. Returns no Buffer, since `Buffer.slice` does not copy. */
function bytesOf(text: string): Uint8Array {
  const bytes = Buffer.from(text.slice(2), "hex");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
