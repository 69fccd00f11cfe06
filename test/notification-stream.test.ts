import { asUser } from "@palimpsest/eventsourcing";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createWiki, startServer, type Wiki } from "../packages/wiki/src/create-wiki.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { configFrom } from "./config.ts";

let wiki: Wiki;
let server: Awaited<ReturnType<typeof startServer>>;
let token: string;

beforeEach(async () => {
  const env = { PALIMPSEST_DATABASE_URL: "memory:", PALIMPSEST_PORT: "0", PALIMPSEST_LOG_LEVEL: "silent" };
  wiki = await createWiki(configFrom(env));
  server = await startServer(wiki);
  token = await tokenOf("admin");
});

afterEach(async () => {
  await server.close();
  await wiki.close();
});

async function tokenOf(role: "admin" | "editor"): Promise<string> {
  const person = { email: `${role}@example.org`, name: role, role, password: "long enough password" };
  const { id } = await wiki.identity.addUser(person);
  return (await wiki.identity.createToken(id, { name: "test" })).token;
}

function open(headers: Record<string, string> = {}, query = ""): Promise<Response> {
  const authorization = `Bearer ${token}`;
  return fetch(`${server.address}/api/notifications/stream${query}`, {
    headers: { authorization, ...headers },
  });
}

/** Yields ids and topics of the events of a stream. */
async function* eventsOf(response: Response): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const messages = text.split("\n\n");
    text = messages.pop() ?? "";
    for (const message of messages) {
      const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(message) ?? [];
      if (data !== undefined) yield `${id} ${(JSON.parse(data) as { topic: string }).topic}`;
    }
  }
}

async function take(events: AsyncGenerator<string>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

const create = (slug: string) => asUser(SYSTEM, () => wiki.content.createPage(slug, slug));

describe("the stream of notifications", () => {
  it("sends recorded events, then new ones, and continues after the last received id", async () => {
    await create("one");
    const response = await open();
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events = eventsOf(response);
    expect(await take(events, 3)).toEqual(["1 Page.Created", "2 PageLog.PageLogged", "3 Slug.Created"]);
    await create("two");
    expect(await take(events, 1)).toEqual(["4 Page.Created"]);
    await events.return(undefined);
    expect(await take(eventsOf(await open({ "last-event-id": "4" })), 2)).toEqual([
      "5 PageLog.PageLogged",
      "6 Slug.Created",
    ]);
    expect(await take(eventsOf(await open({}, "?start=6")), 1)).toEqual(["6 Slug.Created"]);
  });

  it("is for administrators", async () => {
    token = await tokenOf("editor");
    expect((await open()).status).toBe(403);
  });

  it("ends at the next heartbeat after its token is revoked", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const { id } = (await wiki.identity.personOfToken(token)) ?? { id: "" };
    const events = eventsOf(await open());
    await create("one");
    await take(events, 3);
    for (const { id: tokenId } of await wiki.identity.listTokens(id))
      await wiki.identity.revokeToken(id, tokenId);
    vi.advanceTimersByTime(15_000);
    expect(await take(events, 1)).toEqual([]);
  });

  it("ends when the server closes", async () => {
    await create("one");
    const events = eventsOf(await open());
    await take(events, 3);
    await server.close();
    expect(await take(events, 1)).toEqual([]);
  });
});
