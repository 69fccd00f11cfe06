// Many clients edit one page concurrently. The server merges edits or refuses them with the conflict.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";
import { dropSchemas, newSchema } from "./postgres-schemas.ts";

const CLIENTS = Array.from({ length: 4 }, (_, client) => client);
const EDITS = 15;

describe.each(["SQLite", "PostgreSQL"] as const)("concurrent edits of one page, on %s", (kind) => {
  const database = kind === "PostgreSQL" ? newSchema() : undefined;
  let wiki: WikiServer;
  let editors: Account[];

  beforeAll(async () => {
    wiki = await openWikiServer("SQLite", {
      ...(database === undefined
        ? {}
        : { PALIMPSEST_DATABASE_URL: database.url, PALIMPSEST_DATABASE_SCHEMA: database.schema }),
    });
    editors = await Promise.all(CLIENTS.map((client) => wiki.account("editor", `Editor ${client}`)));
  });
  afterAll(async () => {
    await wiki.close();
    if (database !== undefined) {
      await dropSchemas([database, { ...database, schema: `${database.schema}_views` }]);
    }
  });

  const create = async (title: string, body: string): Promise<string> => {
    const created = await wiki.ask("POST", "/api/pages", {
      as: editors[0] as Account,
      payload: { title, body },
    });
    expect(created.statusCode, created.body).toBe(201);
    return `/api/pages/by-id/${created.json().id}`;
  };
  /** Reads the page and sends its changed body with its ETag. */
  const edit = async (address: string, client: number, change: (body: string) => string) => {
    const read = await wiki.ask("GET", address);
    const body = change(read.json().body);
    return { body, answer: await patch(address, client, body, String(read.headers.etag)) };
  };
  const patch = (address: string, client: number, body: string, etag: string) =>
    wiki.ask("PATCH", address, {
      as: editors[client] as Account,
      payload: { body },
      headers: { "if-match": etag },
    });
  const bodyOf = async (address: string): Promise<string> => (await wiki.ask("GET", address)).json().body;

  it("are all merged if each changes its own paragraph", async () => {
    const address = await create(
      "Paragraphs",
      CLIENTS.map((client) => `Paragraph ${client}:\nof client ${client}.\n`).join("\n"),
    );
    const statuses = await Promise.all(
      CLIENTS.map(async (client) => {
        const own: number[] = [];
        for (let number = 0; number < EDITS; number += 1) {
          const { answer } = await edit(address, client, (body) =>
            body.replace(`of client ${client}`, `${client}-${number} of client ${client}`),
          );
          own.push(answer.statusCode);
        }
        return own;
      }),
    );
    expect(statuses.flat().filter((status) => status !== 200)).toEqual([]);
    const numbers = Array.from({ length: EDITS }, (_, number) => number);
    expect(await bodyOf(address)).toBe(
      CLIENTS.map(
        (client) =>
          `Paragraph ${client}:\n${numbers.map((number) => `${client}-${number} `).join("")}of client ${client}.\n`,
      ).join("\n"),
    );
    const { items } = (await wiki.ask("GET", `${address}/history?limit=1`)).json();
    expect(items).toMatchObject([{ version: 1 + CLIENTS.length * EDITS }]);
    // Each part has its author.
    const { runs } = (await wiki.ask("GET", `${address}/blame`)).json();
    for (const { text, by } of runs as { text: string; by: { name: string } }[]) {
      for (const [, client] of text.matchAll(/(\d)-\d+/g)) expect(by.name).toBe(`Editor ${client}`);
    }
  });

  it("are merged within a line if unchanged words separate them", async () => {
    const address = await create("Words", `${CLIENTS.map((client) => `word${client} stays`).join(" ")}.\n`);
    const { headers, ...read } = await wiki.ask("GET", address);
    const answers = await Promise.all(
      CLIENTS.map((client) =>
        patch(
          address,
          client,
          read.json().body.replace(`word${client}`, `WORD${client}`),
          String(headers.etag),
        ),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(CLIENTS.map(() => 200));
    expect(answers.filter((answer) => answer.json().merged === true)).toHaveLength(CLIENTS.length - 1);
    expect(await bodyOf(address)).toBe(`${CLIENTS.map((client) => `WORD${client} stays`).join(" ")}.\n`);
  });

  it("are each merged or refused with their own text if all change one line", async () => {
    const address = await create("Line", "Before.\n\nThe last was nobody of all.\n\nAfter.\n");
    let refused = 0;
    await Promise.all(
      CLIENTS.map(async (client) => {
        for (let number = 0; number < 10; number += 1) {
          const mark = `c${client}n${number}`;
          const { body, answer } = await edit(address, client, (text) => text.replace(/(?<=was )\w+/, mark));
          const json = answer.json();
          if (answer.statusCode === 200) {
            const kept = (await wiki.ask("GET", `${address}?version=${json.version}`)).json();
            expect(kept.body).toContain(mark);
            expect(kept.modifiedBy.name).toBe(`Editor ${client}`);
            continue;
          }
          refused += 1;
          expect([answer.statusCode, json.code, json.yours]).toEqual([409, "edit-conflict", { body }]);
          expect(json.conflicts).toMatchObject([{ field: "body", yours: `The last was ${mark} of all.\n` }]);
          expect(json.theirs.body).toContain(json.conflicts[0].theirs);
        }
      }),
    );
    expect(refused).toBeGreaterThan(0);
    expect(await bodyOf(address)).toMatch(/^Before\.\n\nThe last was c\dn\d+ of all\.\n\nAfter\.\n$/);
    const { items } = (await wiki.ask("GET", `${address}/history?limit=200`)).json();
    // Refused edits stored nothing.
    expect(items).toHaveLength(1 + 10 * CLIENTS.length - refused);
  });

  it("are merged or refused even if their base is many versions old", async () => {
    const start = "First.\n\nSecond.\n";
    const address = await create("Behind", start);
    const first = String((await wiki.ask("GET", address)).headers.etag);
    for (let number = 0; number < 40; number += 1) {
      const { answer } = await edit(address, 0, (body) => body.replace(/^.*/, `First ${number}.`));
      expect(answer.statusCode).toBe(200);
    }
    const apart = await patch(address, 1, start.replace("Second.", "Second, changed."), first);
    expect([apart.statusCode, apart.json()]).toMatchObject([
      200,
      { merged: true, body: "First 39.\n\nSecond, changed.\n", version: 42 },
    ]);
    const same = await patch(address, 1, start.replace("First.", "Changed."), first);
    expect([same.statusCode, same.json()]).toMatchObject([
      409,
      {
        baseVersion: 1,
        currentVersion: 42,
        base: { body: start },
        theirs: { body: "First 39.\n\nSecond, changed.\n" },
        yours: { body: "Changed.\n\nSecond.\n" },
        conflicts: [{ field: "body", base: "First.\n", theirs: "First 39.\n", yours: "Changed.\n" }],
      },
    ]);
  });
});
