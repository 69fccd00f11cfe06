import type { StandardSchemaV1 } from "@standard-schema/spec";
import { v7 as uuidv7 } from "uuid";
import { Cipher } from "../events/cipher.ts";
import { createEvent } from "../events/event.ts";
import { eventFamily } from "../events/event-family.ts";
import type { EventType } from "../events/event-type.ts";
import { Mapper } from "../events/mapper.ts";
import { JsonTranscoder } from "../events/transcoder.ts";
import type { Projection } from "../projections/projection.ts";
import type { SqlViewStore, Statement, TableName, ViewStore } from "../projections/view-store.ts";
import type { ApplicationRecorder } from "../recorder/recorder.ts";

/** A view of sums by key, written as the changes of one backend. */
export interface SumsBackend<Change> {
  /** Makes the table "sums". */
  create?(table: TableName): readonly Change[];
  /** Returns a change that adds to the sum of `key`, which is 0 at first. */
  add(table: TableName, key: string, amount: number): Change;
  /** Returns a change that the database refuses. */
  impossible(table: TableName): Change;
  /** Resolves to the sums in the active generation. */
  sums(store: ViewStore<Change>, view: string): Promise<Readonly<Record<string, number>>>;
}

/** The sums on SQLite and PostgreSQL. */
export const sqlSums: SumsBackend<Statement> = {
  create: (table) => [
    { sql: `CREATE TABLE ${table("sums")} (key TEXT PRIMARY KEY, sum BIGINT NOT NULL)` },
    { sql: `CREATE INDEX ${table("by_sum")} ON ${table("sums")} (sum)` },
  ],
  add: (table, key, amount) => ({
    sql: `INSERT INTO ${table("sums")} (key, sum) VALUES ($1, $2)
          ON CONFLICT (key) DO UPDATE SET sum = ${table("sums")}.sum + excluded.sum`,
    params: [key, amount],
  }),
  impossible: (table) => ({
    sql: `INSERT INTO ${table("sums")} (key, sum) VALUES ($1, $2)`,
    params: ["impossible", null],
  }),
  async sums(store, view) {
    const rows = await (store as SqlViewStore).read<{ key: string; sum: number }>(view, (table) => ({
      sql: `SELECT key, sum FROM ${table("sums")} ORDER BY key`,
    }));
    return Object.fromEntries(rows.map(({ key, sum }) => [key, sum]));
  },
};

function schema<Value>(fits: (value: unknown) => value is Value): StandardSchemaV1<Value> {
  const validate = (value: unknown): StandardSchemaV1.Result<Value> =>
    fits(value) ? { value } : { issues: [{ message: "does not fit" }] };
  return { "~standard": { version: 1, vendor: "palimpsest", validate } };
}

const text = schema((value): value is string => typeof value === "string");
const number = schema((value): value is number => typeof value === "number");

const Account = eventFamily("Account", {
  Paid: { key: text, amount: number },
  Closed: { key: text },
  Audited: { key: text },
});
const { Paid, Closed, Audited } = Account;

export const sampleMapper: Mapper = new Mapper([Paid, Closed, Audited], {
  transcoder: new JsonTranscoder(),
  compression: "none",
  cipher: new Cipher([]),
});

type SampleEvent = typeof Paid | typeof Closed;

export interface SumsHooks {
  /** Called with the keys of each batch before it is projected. */
  readonly onBatch?: (keys: readonly string[]) => void | Promise<void>;
  readonly version?: number;
  /** Multiplies the sums, which shows the version that made them. */
  readonly factor?: number;
  /** The database refuses the events with this key. */
  readonly impossibleKey?: string;
}

/** Sums payments by key, and counts closed accounts under "closed". */
export function sumsProjection<Change>(
  backend: SumsBackend<Change>,
  name: string,
  { onBatch, version = 1, factor = 1, impossibleKey }: SumsHooks = {},
): Projection<readonly SampleEvent[], Change> {
  return {
    name,
    version,
    handles: [Paid, Closed],
    tables: ["sums"],
    ...(backend.create && { create: backend.create }),
    async project(events, table) {
      await onBatch?.(events.map(({ data }) => data.key));
      return events.map((event) => {
        if (event.data.key === impossibleKey) return backend.impossible(table);
        switch (event.type) {
          case "Account.Paid":
            return backend.add(table, event.data.key, event.data.amount * factor);
          case "Account.Closed":
            return backend.add(table, "closed", factor);
          default:
            return event satisfies never;
        }
      });
    },
  };
}

/** Records a payment of 1 for each key in one save. Resolves to the last notification id. */
export async function pay(recorder: ApplicationRecorder, ...keys: readonly string[]): Promise<number> {
  return record(recorder, Paid, ...keys.map((key) => ({ key, amount: 1 })));
}

export async function audit(recorder: ApplicationRecorder, key: string): Promise<number> {
  return record(recorder, Audited, { key });
}

async function record(
  recorder: ApplicationRecorder,
  definition: EventType,
  ...data: readonly Record<string, unknown>[]
): Promise<number> {
  const events = data.map((fields) => createEvent({ type: definition, data: fields }, uuidv7(), 1));
  const results = await recorder.insertEvents(events.map((event) => sampleMapper.toStoredEvent(event)));
  return results.at(-1)?.notificationId ?? 0;
}
