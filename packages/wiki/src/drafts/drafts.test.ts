import { randomUUID } from "node:crypto";
import {
  DatabaseRefusedError,
  LimitExceededError,
  RecorderClosedError,
  RecorderError,
} from "@palimpsest/eventsourcing";
import fc from "fast-check";
import { afterEach, beforeAll, expect, it } from "vitest";
import { onEachAccountDatabase } from "../../../../test/account-databases.ts";
import { killProcesses, startProcess } from "../../../../test/fixtures/processes.ts";
import { type Draft, type Drafts, TooManyDraftsError } from "../application/drafts.ts";
import { MAX_BODY_BYTES, MAX_DRAFTS, MAX_DRAFTS_PER_PAGE } from "../application/limits.ts";
import type { Database } from "../config.ts";
import { openDrafts } from "./open-drafts.ts";

type Typed = Omit<Draft, "savedAt">;

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

function typed(changed: Partial<Typed> = {}): Typed {
  const texts = { title: "Bread", slug: null, body: "Flour, water, salt", summary: "" };
  return {
    userId: randomUUID(),
    pageId: randomUUID(),
    id: randomUUID(),
    baseVersion: 3,
    ...texts,
    ...changed,
  };
}

const piece = fc.oneof(
  fc.constantFrom("a", "\n", "\r\n", "\r", "\0", "\u2028", "😀", "\\u0000", '"', "Ω"),
  fc.constantFrom("\ud83d", "\ude00", "\u0301", "\ufeff", "\ufffe", "\ufffd"),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const anyText = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

/** Tests that every database must pass. Each uses people of its own. */
function contract(open: () => Promise<Drafts>): void {
  it("finds no draft of a new person", async () => {
    const drafts = await open();
    const { userId, pageId } = typed();
    expect(await drafts.get(userId, pageId)).toBeUndefined();
    expect(await drafts.get(userId, null)).toBeUndefined();
    expect(await drafts.list(userId)).toEqual([]);
    await drafts.remove(userId, pageId);
  });

  it("finds no draft if an id contains NUL, and removes none", async () => {
    const drafts = await open();
    const { userId, pageId } = typed();
    expect(await drafts.get(userId, pageId, "\0")).toBeUndefined();
    expect(await drafts.get(userId, "\0")).toBeUndefined();
    await drafts.remove(userId, "\0", { id: "\0" });
  });

  it("stores drafts of each person, each page and new pages separately", async () => {
    const drafts = await open();
    const draft = typed();
    const others = [
      typed(),
      typed({ userId: draft.userId }),
      typed({ pageId: draft.pageId, body: "Rye" }),
      typed({ userId: draft.userId, pageId: null, baseVersion: null, slug: "bread", title: "" }),
      typed({ pageId: null, baseVersion: null }),
    ];
    for (const each of [draft, ...others]) expect(await drafts.put(each)).toMatchObject(each);
    const later = await drafts.put({ ...draft, baseVersion: 4, body: "", summary: "Less" });
    expect(later.savedAt).toBeInstanceOf(Date);
    expect(await drafts.get(draft.userId, draft.pageId)).toStrictEqual(later);
    for (const each of others) expect(await drafts.get(each.userId, each.pageId)).toMatchObject(each);

    await drafts.remove(draft.userId, null);
    expect(await drafts.get(draft.userId, null)).toBeUndefined();
    await drafts.remove(draft.userId, draft.pageId);
    expect(await drafts.get(draft.userId, draft.pageId)).toBeUndefined();
    expect(await drafts.list(draft.userId)).toHaveLength(1);
    expect(await drafts.get(others[2]?.userId ?? "", draft.pageId)).toMatchObject({ body: "Rye" });
  });

  it("stores several drafts of one page and lists the newest first", async () => {
    const drafts = await open();
    const one = await drafts.put(typed({ id: null }));
    const { userId, pageId } = one;
    const two = await drafts.put(typed({ userId, pageId, body: "Two" }));
    expect(await drafts.get(userId, pageId)).toStrictEqual(two);
    expect(await drafts.get(userId, pageId, null)).toStrictEqual(one);
    expect(await drafts.get(userId, pageId, two.id)).toStrictEqual(two);
    expect(await drafts.get(userId, pageId, randomUUID())).toBeUndefined();
    expect((await drafts.list(userId)).map(({ id }) => id)).toEqual([two.id, null]);
    await drafts.remove(userId, pageId, { id: randomUUID() });
    await drafts.remove(userId, pageId, two);
    expect(await drafts.get(userId, pageId)).toStrictEqual(one);
    await drafts.put(two);
    await drafts.remove(userId, pageId);
    expect(await drafts.list(userId)).toEqual([]);
  });

  it("removes a draft only if it was not stored again since", async () => {
    const drafts = await open();
    const known = await drafts.put(typed());
    const { userId, pageId } = known;
    await expect.poll(() => Date.now()).toBeGreaterThan(known.savedAt.getTime());
    const later = await drafts.put({ ...known, body: "More" });
    await drafts.remove(userId, pageId, known);
    expect(await drafts.get(userId, pageId)).toStrictEqual(later);
    await drafts.remove(userId, pageId, later);
    expect(await drafts.get(userId, pageId)).toBeUndefined();
  });

  it("gives each revision of a draft a later time, also in one millisecond", async () => {
    const drafts = await open();
    const draft = typed();
    const revisions = await Promise.all(upTo(50).map((n) => drafts.put({ ...draft, body: `${n}` })));
    const times = revisions.map(({ savedAt }) => savedAt.getTime());
    expect(new Set(times).size).toBe(50);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    const [first] = revisions;
    await drafts.remove(draft.userId, draft.pageId, first && { id: draft.id, savedAt: first.savedAt });
    expect(await drafts.get(draft.userId, draft.pageId)).toEqual(revisions.at(-1));
  });

  it("stores the resolution of a conflict exactly", async () => {
    const drafts = await open();
    const conflict = fc.record(
      { name: fc.constantFrom("title", "1", "27"), choice: fc.constantFrom("own", "theirs"), own: anyText },
      { requiredKeys: ["name"] },
    );
    const resolution = fc.record({
      theirsVersion: fc.nat(),
      conflicts: fc.array(conflict, { maxLength: 5 }),
    });
    const more = fc.record({ body: anyText, ancestorVersions: fc.array(fc.nat()), resolution });
    await fc.assert(
      fc.asyncProperty(more, async (fields) => {
        const draft = await drafts.put(typed(fields));
        expect(draft).toMatchObject(fields);
        expect(await drafts.get(draft.userId, draft.pageId)).toStrictEqual(draft);
        const { body: _body, ...listed } = draft;
        const resolution = { theirsVersion: fields.resolution.theirsVersion };
        expect(await drafts.list(draft.userId)).toStrictEqual([{ ...listed, resolution }]);
      }),
      { numRuns: 20 },
    );
    const own = "ä".repeat(MAX_BODY_BYTES / 4 + 1);
    const conflicts = [
      { name: "1", own },
      { name: "2", own },
    ];
    const tooMuch = drafts.put(typed({ resolution: { theirsVersion: 2, conflicts } }));
    await expect(tooMuch).rejects.toThrow(LimitExceededError);
  });

  it("returns every text exactly and lists the last stored draft first", async () => {
    const drafts = await open();
    const pages = [null, ...upTo(3).map(() => randomUUID())];
    const step = fc.record({
      pageId: fc.constantFrom(...pages),
      removes: fc.boolean(),
      baseVersion: fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER })),
      title: anyText,
      slug: fc.option(anyText),
      body: anyText,
      summary: anyText,
    });
    await fc.assert(
      fc.asyncProperty(fc.uuid(), fc.array(step, { maxLength: 8 }), async (userId, steps) => {
        const id = randomUUID();
        const expected = new Map<string | null, Draft>();
        for (const { removes, ...texts } of steps) {
          expected.delete(texts.pageId);
          if (removes) await drafts.remove(userId, texts.pageId);
          else expected.set(texts.pageId, await drafts.put({ userId, id, ...texts }));
          expect(expected.get(texts.pageId) ?? texts).toMatchObject(texts);
        }
        for (const pageId of pages)
          expect(await drafts.get(userId, pageId)).toStrictEqual(expected.get(pageId));
        const listed = [...expected.values()].reverse().map(({ body: _body, ...rest }) => rest);
        expect(await drafts.list(userId)).toStrictEqual(listed);
        for (const pageId of pages) await drafts.remove(userId, pageId);
      }),
      { numRuns: 40 },
    );
  });

  it("stores at most 200 drafts of a person, and replaces existing ones", async () => {
    const drafts = await open();
    const { userId } = typed();
    const pageIds = upTo(MAX_DRAFTS).map(() => randomUUID());
    const all: Draft[] = [];
    for (const pageId of pageIds) all.push(await drafts.put(typed({ userId, pageId })));
    await expect(drafts.put(typed({ userId }))).rejects.toThrow(TooManyDraftsError);
    await expect(drafts.put(typed({ userId, pageId: pageIds[0] ?? "" }))).rejects.toThrow(
      "You have 200 drafts,",
    );
    const [first] = all;
    if (first === undefined) throw new Error("no draft was stored");
    await drafts.put({ ...first, body: "Replaced" });
    const listed = await drafts.list(userId);
    expect(listed.map(({ pageId }) => pageId)).toEqual([first.pageId, ...pageIds.slice(1).reverse()]);
    await drafts.remove(userId, first.pageId);
    await drafts.put(typed({ userId }));
    await drafts.put(typed());
  });

  it.each([randomUUID(), null])(
    "stores at most 50 drafts of one page (%s), and another one after a removal",
    async (pageId) => {
      const drafts = await open();
      const { userId } = typed();
      const all: Draft[] = [];
      for (const _ of upTo(MAX_DRAFTS_PER_PAGE)) all.push(await drafts.put(typed({ userId, pageId })));
      const [first, second] = all;
      if (first === undefined || second === undefined) throw new Error("no draft was stored");
      const further = typed({ userId, pageId });
      const name = pageId === null ? "50 drafts of new pages" : "50 drafts of this page";
      await expect(drafts.put(further)).rejects.toThrow(name);
      expect(await drafts.list(userId)).toHaveLength(MAX_DRAFTS_PER_PAGE);

      // The predecessor is replaced only if it was not stored again.
      await expect.poll(() => Date.now()).toBeGreaterThan(first.savedAt.getTime());
      await drafts.put({ ...first, body: "Another text" });
      await expect(drafts.put(further, first)).rejects.toThrow(TooManyDraftsError);
      await expect(drafts.put(further, { id: randomUUID() })).rejects.toThrow(TooManyDraftsError);
      const kept = await drafts.put(further, second);
      expect(await drafts.get(userId, pageId, second.id)).toBeUndefined();
      expect(await drafts.get(userId, pageId, further.id)).toStrictEqual(kept);
      expect(await drafts.get(userId, pageId, first.id)).toMatchObject({ body: "Another text" });
      expect(await drafts.put(kept, kept)).toMatchObject(further);
      expect(await drafts.get(userId, pageId, kept.id)).toMatchObject(further);
      await drafts.put(typed({ userId }));
    },
  );

  it("accepts texts that are too long for a page, up to a limit", async () => {
    const drafts = await open();
    const draft = typed({ title: "", body: "ä".repeat(MAX_BODY_BYTES / 2), summary: "!".repeat(10_000) });
    await drafts.put(draft);
    const tooMuch = [
      { body: `${draft.body}.` },
      { title: "!".repeat(10_001) },
      { slug: "!".repeat(10_001) },
      { summary: "!".repeat(10_001) },
    ];
    for (const much of tooMuch)
      await expect(drafts.put({ ...draft, ...much })).rejects.toThrow(LimitExceededError);
    const kept = await drafts.get(draft.userId, draft.pageId);
    expect(kept?.body === draft.body).toBe(true);
    expect(kept).toMatchObject({ title: "", summary: draft.summary });
  });

  it("stores in the order of the calls", async () => {
    const drafts = await open();
    const draft = typed();
    const { userId, pageId } = draft;
    const bodies = upTo(10).map((number) => "long ".repeat(number % 2 === 0 ? 1 : 400_000) + number);
    const put = () => bodies.map((body) => drafts.put({ ...draft, body }));
    await Promise.all(put());
    expect((await drafts.get(userId, pageId))?.body === bodies.at(-1)).toBe(true);
    await Promise.all([...put(), drafts.remove(userId, pageId)]);
    expect(await drafts.get(userId, pageId)).toBeUndefined();
  });

  it("finishes pending calls before it closes, and rejects later ones", async () => {
    const drafts = await open();
    const draft = typed();
    const { userId, pageId } = draft;
    const underWay = [drafts.put(draft), drafts.put({ ...draft, body: "Last" }), drafts.get(userId, pageId)];
    await drafts.close();
    await drafts.close();
    expect(await Promise.all(underWay)).toMatchObject([draft, { body: "Last" }, { body: "Last" }]);
    await expect(drafts.put(draft)).rejects.toThrow(RecorderClosedError);
    await expect(drafts.get(userId, pageId)).rejects.toThrow(RecorderClosedError);
    await expect(drafts.list(userId)).rejects.toThrow(RecorderClosedError);
    await expect(drafts.remove(userId, pageId)).rejects.toThrow(RecorderClosedError);
  });
}

const opened: Drafts[] = [];
afterEach(async () => {
  killProcesses();
  for (const drafts of opened.splice(0)) await drafts.close();
});

async function open(database: Database): Promise<Drafts> {
  const drafts = await openDrafts(database);
  opened.push(drafts);
  return drafts;
}

onEachAccountDatabase("drafts", (databases) => {
  let shared: Database;
  beforeAll(async () => {
    shared = await databases.make();
  });
  contract(() => open(shared));

  it("are stored after a restart", async () => {
    const database = await databases.make();
    const before = await open(database);
    const draft = await before.put(typed({ body: "\ud83d\0\r" }));
    await before.close();
    expect(await (await open(database)).get(draft.userId, draft.pageId)).toStrictEqual(draft);
  });

  it("are shared by all connections", async () => {
    const database = await databases.make();
    const [one, other] = await Promise.all([open(database), open(database)]);
    const draft = typed();
    const { userId, pageId } = draft;
    await one.put(draft);
    const last = await other.put({ ...draft, body: "Last" });
    expect(await one.get(userId, pageId)).toStrictEqual(last);
    await one.remove(userId, pageId);
    expect(await other.list(userId)).toEqual([]);
  });

  it("are stored by several processes that start and write at once", async () => {
    const database = await databases.make();
    const { userId, pageId } = typed();
    const own = upTo(4).map((number) => ({ name: `process ${number}`, pageId: randomUUID() }));
    const processes = own.map((each) =>
      startProcess("packages/wiki/src/drafts/process.fixture.mjs", [
        ...[JSON.stringify(database), each.name, userId, each.pageId],
        ...[pageId ?? "", "25"],
      ]),
    );
    await Promise.all(processes.map(({ until }) => until(/ready\n/)));
    for (const { child } of processes) child.stdin?.write("go\n");
    const ends = await Promise.all(processes.map(({ ended }) => ended));
    expect(ends, processes.map(({ written }) => written()).join("")).toEqual(own.map(() => [0, null]));

    const drafts = await open(database);
    for (const { name, pageId } of own) {
      const body = `${name} 25 `.repeat(1_000);
      expect(await drafts.get(userId, pageId)).toMatchObject({ title: name, baseVersion: 25, body });
    }
    const shared = await drafts.get(userId, pageId);
    expect(own.map(({ name }) => `${name} 25 `.repeat(1_000))).toContain(shared?.body);
    expect(await drafts.list(userId)).toHaveLength(5);
  });

  it("require a database that the recorder created", async () => {
    await expect(openDrafts(databases.missing())).rejects.toThrow(DatabaseRefusedError);
  });

  it("throw RecorderError if the database fails", async () => {
    const database = await databases.make();
    const drafts = await open(database);
    const { userId, pageId } = await drafts.put(typed());
    await databases.run(database, "DROP TABLE drafts");
    await expect(drafts.put(typed())).rejects.toThrow(RecorderError);
    await expect(drafts.get(userId, pageId)).rejects.toThrow(RecorderError);
    await expect(drafts.list(userId)).rejects.toThrow(RecorderError);
    await expect(drafts.remove(userId, pageId)).rejects.toThrow(RecorderError);
    // The next start creates the table again.
    await (await open(database)).put(typed());
  });
});

it("drafts in memory are lost when they are closed", async () => {
  const before = await open({ kind: "memory" });
  const draft = await before.put(typed());
  expect(await before.list(draft.userId)).toHaveLength(1);
  await before.close();
  expect(await (await open({ kind: "memory" })).list(draft.userId)).toEqual([]);
});
