import { randomBytes, randomUUID } from "node:crypto";
import { asUser, type UnrecordedEvent } from "@palimpsest/eventsourcing";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

interface List {
  readonly items: readonly { readonly id: number; readonly data: { readonly body?: string } | null }[];
  readonly next: number | null;
}

let wiki: WikiServer;
let admin: Account;

/** Opens an empty wiki for the tests of a describe. */
function useNewWiki(): void {
  beforeAll(async () => {
    wiki = await openWikiServer("SQLite");
    admin = await wiki.account("admin");
  });
  afterAll(() => wiki.close());
}

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

const createPage = (title: string, body = "") =>
  asUser(SYSTEM, () => wiki.wiki.content.createPage(title, title.toLowerCase(), body));

describe("an event that cannot be read", () => {
  useNewWiki();

  const unreadable = [
    { error: "unreadable-state", topic: "Page.Created", state: "no JSON" },
    { error: "unknown-topic", topic: "Page.Vanished", state: '{"at":1,"data":{}}' },
    { error: "event-version-unknown", topic: "Page.Created", state: '{"at":1,"v":99,"data":{}}' },
    { error: "invalid-event-data", topic: "Page.Created", state: '{"at":1,"data":{"title":7}}' },
  ];
  let inserted: UnrecordedEvent[];

  // Creating a page stores three events.
  beforeAll(async () => {
    await createPage("One");
    inserted = [];
    for (const { topic, state } of unreadable) inserted.push(await insert(topic, state));
    await createPage("Two");
  });

  it("does not end the list", async () => {
    const { items, next } = await list("");
    expect([items.map(({ id }) => id), next]).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], null]);
    expect(items.filter((item) => "error" in item).map(({ id }) => id)).toEqual([4, 5, 6, 7]);
  });

  it.each(unreadable)("is listed with its position and the code $error", async (event) => {
    const index = unreadable.indexOf(event);
    const { eventId, originatorId } = inserted[index] ?? {};
    const { topic, error } = event;
    const { items } = await list("");
    expect(items[3 + index]).toEqual({
      ...{ id: 4 + index, eventId, originatorId, originatorVersion: 1, topic },
      timestamp: null,
      recordedAt: expect.any(String),
      data: null,
      error,
    });
  });

  it("does not end the stream", async () => {
    const address = await wiki.server.listen({ port: 0 });
    const headers = { authorization: `Bearer ${admin.token}`, "last-event-id": "3" };
    const response = await fetch(`${address}/api/notifications/stream`, { headers });
    let text = "";
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes("id: 10\n")) break;
    }
    const message = text.split("\n\n").find((part) => part.startsWith("id: 4\n"));
    const data = JSON.parse(message?.replace("id: 4\ndata: ", "") ?? "");
    expect(data).toMatchObject({ id: 4, data: null, error: "unreadable-state" });
  });
});

describe("a list of large events", () => {
  useNewWiki();

  it.each([
    ["random text", () => randomBytes(3_700_000).toString("hex")],
    ["text that JSON escapes", () => "\0".repeat(4_000_000)],
  ])("ends early and continues at the next event: %s", async (kind, newBody) => {
    const first = (await wiki.wiki.content.position()) + 1;
    const bodies = ["one", "two", "three"].map(newBody);
    for (const [index, body] of bodies.entries())
      await createPage(`${kind} ${index}`.replaceAll(" ", "-"), body);
    const ids: number[] = [];
    let requests = 0;
    for (let start: number | null = first; start !== null; requests += 1) {
      const { items, next }: List = await list(`?start=${start}&limit=200`);
      ids.push(...items.map(({ id }) => id));
      for (const { id, data } of items)
        if ((id - first) % 3 === 0) expect(data?.body === bodies[(id - first) / 3]).toBe(true);
      start = next;
    }
    expect(ids).toEqual(Array.from({ length: 9 }, (_, index) => first + index));
    expect(requests).toBeGreaterThan(1);
  });
});

describe("a list after a position", () => {
  useNewWiki();

  it("contains the events up to that position, or fails if it is not reached", async () => {
    await createPage("One");
    expect((await list("?after=3&start=3")).items.map(({ id }) => id)).toEqual([3]);
    const later = list("?after=6&start=6");
    await createPage("Two");
    expect((await later).items.map(({ id }) => id)).toEqual([6]);
    const answer = await wiki.ask("GET", "/api/notifications?after=7", { as: admin });
    expect([answer.statusCode, answer.json().code]).toEqual([503, "position-not-reached"]);
  });
});
