import { describe, expect, it } from "vitest";
import { type PostgresRecorderOptions, postgresRecorder, postgresViewStore } from "./index.ts";

/** No server listens here, so any attempt to connect fails with another error. */
const url = "postgres://ada:secret@127.0.0.1:1/wiki";

const SHARED: readonly [unknown, string][] = [
  [undefined, 'options must be an object, such as { url: "postgres://…" }; it is undefined.'],
  [url, 'options must be an object, such as { url: "postgres://…" }; it is "(not shown)".'],
  [{}, 'url must be a string, such as "postgres://…"; it is undefined.'],
  [{ url: new URL(url) }, 'url must be a string, such as "postgres://…"; it is an instance of URL.'],
  [{ url: "mysql://ada:secret@localhost/wiki" }, 'it is "mysql://…".'],
  [
    { url: "postgres://localhost:99999/wiki" },
    'port in the connection string must be a whole number from 1 to 65535; it is "99999".',
  ],
  [{ url, schema: 5 }, "schema must be a string; it is 5."],
  [{ url, schema: "" }, 'schema must be a name that is not empty, has no NUL and does not begin with "pg_"'],
  [{ url, schema: "pg_wiki" }, 'it is "pg_wiki".'],
  [{ url, schema: "s".repeat(64) }, "64 bytes in the name of the schema: at most 63 are allowed."],
  [{ url, poolSize: 0 }, "poolSize must be a whole number from 1 to 1000; it is 0."],
  [{ url, poolSize: "4" }, 'poolSize must be a whole number from 1 to 1000; it is "4".'],
  [
    { url, reconnectTimeoutMs: -1 },
    "reconnectTimeoutMs must be a whole number from 0 to 86400000; it is -1.",
  ],
  [{ url, reconnectTimeoutMs: Number.NaN }, "reconnectTimeoutMs must be a whole number from 0 to 86400000"],
];

const OF_RECORDER: readonly [unknown, string][] = [
  [
    { url, transactionTimeoutMs: 1.5 },
    "transactionTimeoutMs must be a whole number from 1 to 86400000; it is 1.5.",
  ],
  [{ url, clock: () => new Date() }, "clock must be an object, such as { now: () => new Date() }"],
  [{ url, clock: { onJump: "ignore" } }, 'clock.onJump must be "warn" or "refuse"; it is "ignore".'],
];

const opened = {
  postgresRecorder: [...SHARED, ...OF_RECORDER],
  postgresViewStore: SHARED,
};

describe.each(Object.entries(opened))("%s", (name, cases) => {
  const open: (options: PostgresRecorderOptions) => Promise<unknown> =
    name === "postgresRecorder" ? postgresRecorder : postgresViewStore;

  it.each(cases)("refuses %j before it connects", async (options, message) => {
    const error: Error = await open(options as PostgresRecorderOptions).then(
      () => expect.fail("was opened"),
      (reason) => reason,
    );
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("secret");
    expect(error).toHaveProperty("code", expect.stringMatching(/^(invalid-argument|limit-exceeded)$/));
  });
});
