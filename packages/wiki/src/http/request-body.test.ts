import "@fastify/cookie";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, it } from "vitest";
import { serverOptions } from "../../../../test/server-options.ts";
import { WorkerPool } from "../workers/worker-pool.ts";
import { everyoneAccess, formWriteAccess, pageWriteAccess, writeAccess } from "./access.ts";
import type { Requester } from "./person.ts";
import { acceptOnly } from "./request-body.ts";
import { createServer } from "./server.ts";

const PEOPLE: Readonly<Record<string, Requester>> = Object.fromEntries(
  (["editor", "reader"] as const).map((role) => [role, { id: role, name: role, email: role, role }]),
);

let server: FastifyInstance;
let workers: WorkerPool;
let port: number;

beforeEach(async () => {
  workers = new WorkerPool();
  const personOfToken = async (token: string) => PEOPLE[token] ?? null;
  server = await createServer(
    serverOptions({ accounts: { personOfSession: async () => null, personOfToken } }),
  );
  acceptOnly("json", server, workers);
  const echo = async ({ body }: { body: unknown }) => ({ received: JSON.stringify(body)?.length ?? 0 });
  server.post("/page", pageWriteAccess, echo);
  server.post("/command", writeAccess, echo);
  server.post("/form", formWriteAccess, echo);
  server.post("/open", everyoneAccess, echo);
  await server.listen({ host: "127.0.0.1", port: 0 });
  port = (server.server.address() as AddressInfo).port;
});
afterEach(async () => {
  await server.close();
  await workers.close();
});

const MEGABYTE = 1024 * 1024;

/** A chunked body that begins with the length of its only chunk, 256 MB. */
const CHUNKED = "Transfer-Encoding: chunked\n\n10000000";

/** Sends the head of a request and then, as fast as the server receives it, a body of this size. */
async function send(head: string, bodyBytes: number, options: { readonly waitForContinue?: boolean } = {}) {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  let isClosed = false;
  socket.on("data", (bytes) => {
    answer += bytes.toString();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
  });
  socket.write(`${head.trim().replaceAll("\n", "\r\n")}\r\n${head.includes(CHUNKED) ? "" : "\r\n"}`);
  if (options.waitForContinue) await expect.poll(() => answer).not.toBe("");
  const chunk = Buffer.alloc(64 * 1024, "x");
  let sent = 0;
  while (sent < bodyBytes && !isClosed && !/^HTTP\/1.1 [^1]/.test(answer)) {
    if (socket.writableNeedDrain) await pause(1);
    else {
      socket.write(sent === 0 ? Buffer.concat([Buffer.from('"'), chunk.subarray(1)]) : chunk);
      sent += chunk.length;
    }
  }
  await expect.poll(() => answer).toMatch(/HTTP\/1.1 [2-5]/);
  socket.destroy();
  return { answer, received: socket.bytesWritten };
}

const post = (path: string, as: string, headers: string) => `
POST ${path} HTTP/1.1
Host: localhost
${as === "" ? "Sec-Fetch-Site: same-origin" : `Authorization: Bearer ${as}`}
Content-Type: application/json
${headers}`;

it.each([
  ["a reader", "/page", "reader", 403, "forbidden"],
  ["a stranger", "/page", "", 401, "authentication-required"],
  ["a wrong token", "/page", "nobody", 401, "token-invalid"],
  ["a stranger's large form", "/form", "", 401, "authentication-required"],
  ["more than the limit of the route", "/command", "editor", 413, "body-too-large"],
  ["an address that does not exist", "/nowhere", "editor", 404, "not-found"],
])("refuses %s without receiving the body", async (_, path, as, status, code) => {
  for (const framing of ["Content-Length: 62914560", CHUNKED]) {
    const { answer, received } = await send(post(path, as, framing), 60 * MEGABYTE);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(`"code":"${code}"`);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(received).toBeLessThan(20 * MEGABYTE);
  }
});

it("sends 100 Continue only to a request that passes the checks", async () => {
  const headers = "Content-Length: 62914560\nExpect: 100-continue";
  const refused = await send(post("/page", "reader", headers), 60 * MEGABYTE, { waitForContinue: true });
  expect(refused.answer).toMatch(/^HTTP\/1.1 403 /);
  expect(refused.received).toBeLessThan(MEGABYTE);
  const allowed = await send(post("/open", "editor", "Content-Length: 2\nExpect: 100-continue"), 1, {
    waitForContinue: true,
  });
  expect(allowed.answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 /);
});

it("keeps the connection after a refusal of a small request", async () => {
  const url = `http://127.0.0.1:${port}/command`;
  const headers = { Authorization: "Bearer reader" };
  const response = await fetch(url, { method: "POST", body: "{}", headers });
  expect([response.status, response.headers.get("connection")]).toEqual([403, "keep-alive"]);
});

it("lets a client that sends a large body read the refusal", async () => {
  const response = await fetch(`http://127.0.0.1:${port}/page`, {
    method: "POST",
    body: "x".repeat(60 * MEGABYTE),
    headers: { Authorization: "Bearer reader", "Content-Type": "application/json" },
  });
  expect([response.status, (await response.json()).code]).toEqual([403, "forbidden"]);
});

it("receives and parses a large body, whole or chunked", async () => {
  const text = JSON.stringify({ body: "é\0".repeat(4 * MEGABYTE) });
  const headers = { Authorization: "Bearer editor", "Content-Type": "application/json" };
  const url = `http://127.0.0.1:${port}/page`;
  const whole = await fetch(url, { method: "POST", body: text, headers });
  expect(await whole.json()).toEqual({ received: text.length });
  const chunked = { method: "POST", body: new Blob([text]).stream(), duplex: "half", headers } as const;
  expect(await (await fetch(url, chunked)).json()).toEqual({ received: text.length });
  const malformed = await fetch(url, { method: "POST", body: `${text}}`, headers });
  expect([malformed.status, (await malformed.json()).code]).toEqual([400, "malformed-body"]);
});

it("refuses routes that declare no access, except those read with GET", async () => {
  const other = await createServer(serverOptions());
  other.get("/read", async () => "");
  for (const method of ["POST", "PUT", "PATCH", "DELETE"])
    expect(() => other.route({ method, url: "/write", handler: async () => "" })).toThrow(
      "must declare `config.access`",
    );
  await other.close();
});
