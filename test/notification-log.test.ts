import { randomUUID } from "node:crypto";
import { asUser, type UnrecordedEvent } from "@palimpsest/eventsourcing";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

interface List {
  readonly items: readonly { readonly id: number; readonly data: { readonly body?: string } | null }[];
  readonly next: number | null;
}

let wiki: WikiServer;
let admin: Account;

beforeEach(async () => {
  wiki = await openWikiServer("SQLite");
  admin = await wiki.account("admin");
});
afterEach(() => wiki.close());

async function list(query: string): Promise<List> {
  const answer = await wiki.ask("GET", `/api/notifications${query}`, { as: admin });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

/** Inserts an event into the wiki's database with a recorder of its own. */
async function insert(topic: string, state: string): Promise<UnrecordedEvent> {
  const { database } = wiki.wiki.config;
  const recorder = await sqliteRecorder({ path: database.kind === "sqlite" ? database.path : "" });
  const ids = { eventId: randomUUID(), originatorId: randomUUID() };
  const event = { ...ids, originatorVersion: 1, topic, state: Buffer.from(state) };
  await recorder.insertEvents([event]);
  await recorder.close();
  return event;
}

/** Creates two pages, each with three notifications, and between them an event that cannot be read. */
async function withUnreadable(topic: string, state: string): Promise<UnrecordedEvent> {
  await asUser(SYSTEM, () => wiki.wiki.content.createPage("One", "one"));
  const event = await insert(topic, state);
  await asUser(SYSTEM, () => wiki.wiki.content.createPage("Two", "two"));
  return event;
}

describe("an event that cannot be read", () => {
  it.each([
    ["unreadable-state", "Page.Created", "no JSON"],
    ["unknown-topic", "Page.Vanished", '{"at":1,"data":{}}'],
    ["event-version-unknown", "Page.Created", '{"at":1,"v":99,"data":{}}'],
    ["invalid-event-data", "Page.Created", '{"at":1,"data":{"title":7}}'],
  ])("is listed with its position and the code %s", async (error, topic, state) => {
    const { eventId, originatorId } = await withUnreadable(topic, state);
    const { items, next } = await list("");
    expect([items.map(({ id }) => id), next]).toEqual([[1, 2, 3, 4, 5, 6, 7], null]);
    const identity = { id: 4, eventId, originatorId, originatorVersion: 1, topic };
    expect(items[3]).toEqual({
      ...identity,
      timestamp: null,
      recordedAt: expect.any(String),
      data: null,
      error,
    });
    for (const [index, item] of items.entries()) if (index !== 3) expect(item).not.toHaveProperty("error");
  });

  it("does not end the stream", async () => {
    await withUnreadable("Page.Created", "no JSON");
    const address = await wiki.server.listen({ port: 0 });
    const headers = { authorization: `Bearer ${admin.token}`, "last-event-id": "3" };
    const response = await fetch(`${address}/api/notifications/stream`, { headers });
    let text = "";
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes("id: 7\n")) break;
    }
    const unreadable = text.split("\n\n").find((message) => message.startsWith("id: 4\n"));
    const data = JSON.parse(unreadable?.replace("id: 4\ndata: ", "") ?? "");
    expect(data).toMatchObject({ id: 4, data: null, error: "unreadable-state" });
  });
});

describe("a list of large events", () => {
  it.each([
    ["stored large", () => Array.from({ length: 200_000 }, () => randomUUID()).join()],
    ["stored small", () => "\0".repeat(4_000_000)],
  ])("ends early and continues at the next event (%s)", async (_, textOf) => {
    const bodies = ["one", "two", "three"].map(textOf);
    for (const [index, body] of bodies.entries())
      await asUser(SYSTEM, () => wiki.wiki.content.createPage(`Page ${index}`, `page-${index}`, body));
    const ids: number[] = [];
    let requests = 0;
    for (let start: number | null = 1; start !== null; requests += 1) {
      const { items, next }: List = await list(`?start=${start}&limit=200`);
      ids.push(...items.map(({ id }) => id));
      for (const { id, data } of items)
        if (id % 3 === 1) expect(data?.body === bodies[(id - 1) / 3]).toBe(true);
      start = next;
    }
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(requests).toBeGreaterThan(1);
  });
});

describe("a list after a position", () => {
  it("contains the events up to that position, or fails if it is not reached", async () => {
    await asUser(SYSTEM, () => wiki.wiki.content.createPage("One", "one"));
    expect((await list("?after=3&start=3")).items.map(({ id }) => id)).toEqual([3]);
    const later = list("?after=6&start=6");
    await asUser(SYSTEM, () => wiki.wiki.content.createPage("Two", "two"));
    expect((await later).items.map(({ id }) => id)).toEqual([6]);
    const answer = await wiki.ask("GET", "/api/notifications?after=7", { as: admin });
    expect([answer.statusCode, answer.json().code]).toEqual([503, "position-not-reached"]);
  });
});
