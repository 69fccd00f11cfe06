import "@fastify/cookie";
import { PassThrough } from "node:stream";
import { RecorderError } from "@palimpsest/eventsourcing";
import { afterEach, describe, expect, it } from "vitest";
import { serverOptions } from "../../../../test/server-options.ts";
import type { Measured } from "./metrics.ts";
import { createServer, type ServerOptions } from "./server.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const pending = () => new Promise<never>(() => {});

const VIEW: Measured["views"][number] = {
  name: "search",
  state: "running",
  runner: "here",
  version: 1,
  position: 100,
  lag: 0,
  ratePerSecond: undefined,
  processed: 90,
  skipped: [],
  stopped: undefined,
  error: undefined,
  next: undefined,
};

const CLOCK: Measured["clock"] = {
  state: "ok",
  lastRecordedAt: new Date(0),
  aheadMs: 0,
  maxAheadMs: 60_000,
  incidents: 0,
};
const MEASURED: Measured = {
  events: 100,
  clock: CLOCK,
  views: [],
  projectionCrashes: 2,
  replacedViewFiles: 1,
};

async function serverWith(options: Partial<ServerOptions>) {
  const server = await createServer(serverOptions(options));
  closing.push(() => server.close());
  return {
    server,
    get: async (url: string) => server.inject({ method: "GET", url }),
    /** The wiki's own metrics by name and labels. */
    async metrics() {
      const { body } = await server.inject({ method: "GET", url: "/metrics" });
      const lines = body.split("\n").filter((line) => line.startsWith("palimpsest_"));
      return Object.fromEntries(
        lines.map((line) => line.split(" ")).map(([name, value]) => [name, Number(value)]),
      );
    },
  };
}

describe("a server that closes", () => {
  it("closes a connection after its response, although the headers promised keep-alive", {
    timeout: 10_000,
  }, async () => {
    const { server } = await serverWith({});
    const body = new PassThrough();
    server.get("/slow", (_request, reply) => reply.send(body));
    const address = await server.listen({ host: "127.0.0.1", port: 0 });
    body.write("first, ");
    const response = await fetch(`${address}/slow`, { headers: { "Accept-Encoding": "identity" } });
    const closed = server.close();
    await expect.poll(() => server.server.listening).toBe(false);
    body.end("last");
    expect(await response.text()).toBe("first, last");
    await closed;
  });
});

describe("a server whose database does not respond", () => {
  it("reports that it is not ready within a second", async () => {
    let queries = 0;
    const { get } = await serverWith({
      ready: () => {
        queries += 1;
        return pending();
      },
    });
    const answers = await Promise.all([...Array(20)].map(() => get("/readyz")));
    for (const answer of [...answers, await get("/readyz")]) {
      expect([answer.statusCode, answer.json().code]).toEqual([503, "recorder-failed"]);
      expect(answer.json().detail).toContain("no answer within");
    }
    // Further requests join the pending query.
    expect(queries).toBe(1);
  });

  it("is ready as soon as the database responds", async () => {
    let answer: (position: number) => void = () => {};
    const { get } = await serverWith({
      ready: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    expect((await get("/readyz")).statusCode).toBe(503);
    const second = get("/readyz");
    setImmediate(() => answer(1));
    expect((await second).json()).toEqual({ status: "ready" });
  });

  it("reports earlier metrics with their age", async () => {
    let measure: ServerOptions["measure"] = pending;
    const { get, metrics } = await serverWith({ measure: () => measure() });
    const withoutDatabase = await metrics();
    expect(withoutDatabase.palimpsest_database_up).toBe(0);
    expect(withoutDatabase).not.toHaveProperty("palimpsest_events_total");
    expect((await get("/metrics")).body).toContain("process_uptime_seconds");
    measure = async () => ({ ...MEASURED, views: [VIEW] });
    const { metrics: later } = await serverWith({ measure: () => measure() });
    const before = await later();
    expect(before).toMatchObject({
      palimpsest_database_up: 1,
      palimpsest_measured_age_seconds: 0,
      palimpsest_events_total: 100,
      palimpsest_projection_crashes_total: 2,
      palimpsest_view_files_replaced: 1,
      'palimpsest_view_position{view="search"}': 100,
      'palimpsest_view_stopped{view="search"}': 0,
    });
    for (const failing of [() => Promise.reject(new RecorderError("away", "no connection")), pending]) {
      measure = failing;
      const { palimpsest_measured_age_seconds: age, ...rest } = await later();
      expect(age).toBeGreaterThan(0);
      expect(rest).toEqual({
        ...before,
        palimpsest_database_up: 0,
        palimpsest_measured_age_seconds: undefined,
      });
    }
  });
});

it("reports the metrics of a view apart from those of its rebuild", async () => {
  const stopped = { notificationId: 65, topic: "Page.Created", error: "no" };
  const next = { version: 1, done: 64, total: 100, ratePerSecond: 8, skipped: [], stopped };
  const { metrics } = await serverWith({
    measure: async () => ({ ...MEASURED, views: [{ ...VIEW, next }] }),
  });
  const found = await metrics();
  expect(found).toMatchObject({
    'palimpsest_view_stopped{view="search"}': 0,
    'palimpsest_view_lag{view="search"}': 0,
    'palimpsest_view_next_stopped{view="search"}': 1,
    'palimpsest_view_next_position{view="search"}': 64,
    'palimpsest_view_next_lag{view="search"}': 36,
    'palimpsest_view_next_rate{view="search"}': 8,
  });
  expect(found).not.toHaveProperty('palimpsest_view_rate{view="search"}');
});

it("reports how far the clock is ahead and whether writes are refused", async () => {
  const clock: Measured["clock"] = { ...CLOCK, state: "refusing", aheadMs: 7_200_500, incidents: 2 };
  const { metrics } = await serverWith({ measure: async () => ({ ...MEASURED, clock }) });
  expect(await metrics()).toMatchObject({
    palimpsest_clock_ahead_seconds: 7_200.5,
    palimpsest_clock_incidents_total: 2,
    palimpsest_clock_refuses_writes: 1,
  });
});

it.each([
  ["https://wiki.example", true],
  ["http://localhost:3000", undefined],
])("sets cookies of a wiki at %s with Secure: %s", async (baseUrl, secure) => {
  const { server } = await serverWith({
    config: { baseUrl, publicOrigin: undefined, logLevel: "silent", reading: "public", trustProxy: false },
  });
  server.get("/set", (_request, reply) => reply.setCookie("name", "value", { path: "/" }).send());
  const { cookies } = await server.inject("/set");
  expect(cookies.map((cookie) => cookie.secure)).toEqual([secure]);
});
