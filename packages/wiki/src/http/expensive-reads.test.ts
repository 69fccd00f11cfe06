import "@fastify/cookie";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, it } from "vitest";
import { serverOptions } from "../../../../test/server-options.ts";
import { EXPENSIVE_READ_LIMITS } from "../application/limits.ts";
import { expensiveAtEarlierDates, expensiveRead } from "./expensive-reads.ts";
import { createServer } from "./server.ts";

const { running, runningPerClient, accepted, acceptedPerClient } = EXPENSIVE_READ_LIMITS;

let server: FastifyInstance;
/** Ends the requests that are running, in order. */
let ends: (() => void)[];

beforeEach(async () => {
  server = await createServer(serverOptions());
  ends = [];
  const wait = () => new Promise<string>((resolve) => ends.push(() => resolve("done")));
  server.get("/expensive", expensiveRead, wait);
  server.get("/list", expensiveAtEarlierDates, wait);
  server.get("/cheap", async () => "done");
});
afterEach(() => server.close());

const ask = (address: string, url = "/expensive") => server.inject({ url, remoteAddress: address });
const addressOf = (client: number) => `10.0.0.${client}`;

/** Ends requests until all that were sent are answered. */
async function endAll<T>(requests: readonly Promise<T>[]): Promise<T[]> {
  let isDone = false;
  const all = Promise.all(requests).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    for (const end of ends.splice(0)) end();
    await new Promise(setImmediate);
  }
  return all;
}

it("runs some requests of a client at a time, and others as soon as those end", async () => {
  const requests = Array.from({ length: runningPerClient + 3 }, () => ask(addressOf(1)));
  await expect.poll(() => ends.length).toBe(runningPerClient);
  const other = ask(addressOf(2));
  await expect.poll(() => ends.length).toBe(runningPerClient + 1);
  ends.shift()?.();
  await requests[0];
  await expect.poll(() => ends.length).toBe(runningPerClient + 1);
  expect((await ask(addressOf(1), "/cheap")).statusCode).toBe(200);
  const answers = await endAll([...requests, other]);
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
});

it("runs a limited number of requests of all clients", async () => {
  const requests = Array.from({ length: running + 5 }, (_, client) => ask(addressOf(client)));
  await expect.poll(() => ends.length).toBe(running);
  await endAll(requests);
});

it("refuses requests when too many of the client, or of all clients, are waiting", async () => {
  const requests = Array.from({ length: accepted }, (_, index) =>
    ask(addressOf(index % (accepted / acceptedPerClient))),
  );
  await expect.poll(() => ends.length).toBe(running);
  for (const [client, detail] of [
    [1, /^You already have 64 expensive requests/],
    [100, /^256 expensive requests/],
  ] as const) {
    const refused = await ask(addressOf(client));
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([503, "5"]);
    expect(refused.json()).toMatchObject({ code: "server-busy", detail: expect.stringMatching(detail) });
  }
  await endAll(requests);
});

it("counts a list only if it reads an earlier date", async () => {
  const current = Array.from({ length: runningPerClient + 1 }, () => ask(addressOf(1), "/list"));
  await expect.poll(() => ends.length).toBe(runningPerClient + 1);
  await endAll(current);
  const earlier = Array.from({ length: runningPerClient + 1 }, () => ask(addressOf(1), "/list?at=2026"));
  await expect.poll(() => ends.length).toBe(runningPerClient);
  await endAll(earlier);
});
