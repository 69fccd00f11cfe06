// Searches of earlier dates, over HTTP: limited, and stopped when the client disconnects.
import { setTimeout as pause } from "node:timers/promises";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HISTORICAL_SEARCH_LIMITS } from "../packages/wiki/src/application/limits.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let origin: string;
/** While closed, blocks reads of pages at earlier dates. */
let gate: Promise<void> = Promise.resolve();
let open: () => void = () => undefined;
let readPages = 0;
/** The numbers of started searches and ended requests. */
let [started, ended] = [0, 0];
const close = () => {
  gate = new Promise((resolve) => {
    open = resolve;
  });
};

beforeAll(async () => {
  wiki = await openWikiServer("memory", { PALIMPSEST_TRUST_PROXY: "yes" });
  await wiki.account("reader");
  const { content, views } = wiki.wiki;
  views.runner.start();
  await asUser(SYSTEM, async () => {
    for (let n = 0; n < 10; n++) await content.addPage({ title: `Page ${n}`, body: "A common word." });
  });
  await views.runner.waitFor(undefined, await content.position(), { timeoutMs: 10_000 });
  const getPageAt = content.getPageAt.bind(content);
  content.getPageAt = async (id, position) => {
    readPages += 1;
    await gate;
    return getPageAt(id, position);
  };
  const waitFor = views.runner.waitFor.bind(views.runner);
  // A request waits for the view just before it searches.
  views.runner.waitFor = async (...view) => {
    const reached = await waitFor(...view);
    started += 1;
    return reached;
  };
  wiki.server.server.on("request", (_request, response) => {
    response.once("close", () => {
      ended += 1;
    });
  });
  origin = await wiki.server.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  const closed = wiki.close();
  wiki.server.server.closeAllConnections();
  await closed;
});

const ways = {
  api: (query: string) => `${origin}/api/search?q=${query}&at=2999-01-01`,
  web: (query: string) => `${origin}/-/at/2999-01-01/-/search?q=${query}`,
};
const from = (address: string) => ({ "x-forwarded-for": address });
const until = async (condition: () => boolean) => {
  while (!condition()) await pause(5);
};

describe.each(["api", "web"] as const)("searching an earlier date, over %s", (name) => {
  const address = ways[name];

  it("stops when the client disconnects", async () => {
    close();
    readPages = 0;
    const gone = new AbortController();
    const abandoned = fetch(address("common"), { signal: gone.signal }).catch(() => "gone");
    await until(() => readPages === 1);
    ended = 0;
    gone.abort();
    expect(await abandoned).toBe("gone");
    await until(() => ended >= 1);
    open();
    await pause(50);
    expect(readPages).toBe(1);
    expect(await (await fetch(address("common"))).text()).toContain("Page 9");
  });

  it("is refused with Retry-After while too many searches are running", async () => {
    close();
    started = 0;
    const gone = new AbortController();
    const all = Array.from({ length: HISTORICAL_SEARCH_LIMITS.accepted }, (_, n) =>
      fetch(address(`common+OR+${name}${n}`), { signal: gone.signal, headers: from(`192.0.2.${n}`) }).then(
        ({ status }) => status,
        () => "gone",
      ),
    );
    const refused = async () => {
      const answer = await fetch(address("word"));
      return { status: answer.status, after: answer.headers.get("retry-after"), text: await answer.text() };
    };
    await until(() => started === HISTORICAL_SEARCH_LIMITS.accepted);
    const answer = await refused();
    expect([answer.status, answer.after]).toEqual([503, "5"]);
    expect(answer.text).toContain(name === "api" ? '"code":"search-busy"' : "Try again in 5 seconds");
    ended = 0;
    gone.abort();
    expect(await Promise.all(all)).toEqual(Array(HISTORICAL_SEARCH_LIMITS.accepted).fill("gone"));
    await until(() => ended >= HISTORICAL_SEARCH_LIMITS.accepted);
    open();
    expect((await fetch(address("word"))).status).toBe(200);
  });

  it("is refused to a client with too many searches, but not to other people or addresses", async () => {
    close();
    started = 0;
    const person = await wiki.account("reader");
    const clients = {
      person: { authorization: `Bearer ${person.token}`, ...from("192.0.2.1") },
      address: from("192.0.2.1"),
      network: from("2001:db8:1:2::1"),
    };
    const all = Object.entries(clients).flatMap(([who, headers]) =>
      Array.from({ length: HISTORICAL_SEARCH_LIMITS.acceptedPerClient }, async (_, n) => {
        const { status } = await fetch(address(`common+OR+${name}${who}${n}`), { headers });
        return status;
      }),
    );
    await until(() => started === all.length);
    const elsewhere = { person: from("192.0.2.2"), network: from("2001:db8:1:2::2") };
    for (const headers of [{ ...clients.person, ...elsewhere.person }, clients.address, elsewhere.network]) {
      const answer = await fetch(address("word"), { headers });
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    }
    const other = fetch(address("word"), { headers: elsewhere.person });
    open();
    expect((await other).status).toBe(200);
    expect(await Promise.all(all)).toEqual(Array(all.length).fill(200));
  });
});
