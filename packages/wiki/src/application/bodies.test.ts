import { randomUUID } from "node:crypto";
import { asUser, type Recorder } from "@palimpsest/eventsourcing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { ContentManagement } from "./content-management.ts";

const user = randomUUID();

const HOSTILE: Readonly<Record<string, string>> = {
  nothing: "",
  CRLF: "one\r\ntwo\r\n",
  "a lone CR": "one\rtwo",
  "endings of every kind": "a\r\nb\nc\rd\n\re\r\r\n",
  "no final newline": "one\ntwo",
  "newlines only": "\n\n\n",
  NUL: "a\0b\0",
  "control characters": Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join("x"),
  emoji: "👩‍👩‍👧‍👦 🏳️‍🌈 ☃\u{1F600}",
  "a high surrogate alone": "a\ud83d b",
  "a low surrogate alone": "\ude00a",
  "surrogates in the wrong order": "\ude00\ud83d",
  "separators of lines and paragraphs": "a\u2028b\u2029c\u0085d",
  "a byte order mark": "\ufeffa\ufeff",
  "what is not normalised": "e\u0301 é \u212b",
  "what looks like a type of the transcoder": '{"$type":"date","value":"x"}',
  "what looks like a prototype": '{"__proto__":null}',
};

/** An application that has nothing in memory, and so reads everything back. */
const reader = (recorder: Recorder, interval: number) =>
  new ContentManagement({ recorder, cacheSize: 0, snapshots: { Page: { every: interval } } });

onEachRecorder("a body", (create) => {
  it.each(Object.entries(HOSTILE))(
    "of %s comes back exactly, from events and from a snapshot",
    async (_, body) => {
      for (const [interval, snapshots] of [
        [1_000, 0],
        [1, 1],
      ] as const) {
        const app = reader(await create(), interval);
        await asUser(user, () => app.createPage("Created", "created", body));
        expect((await app.getPageBySlug("created")).body).toBe(body);
        await asUser(user, () => app.createPage("Edited", "edited", "before\n"));
        await asUser(user, () => app.updateBody("edited", body));
        const { id } = await app.getPageBySlug("edited");
        await asUser(user, () => app.updateBody("edited", `${body}after`));
        expect((await app.getPageBySlug("edited")).body).toBe(`${body}after`);
        expect((await app.getPageById(id, 2)).body).toBe(body);
        expect((await app.getPageById(id, 1)).body).toBe("before\n");
        expect((await app.snapshots.get(id)).length).toBe(snapshots);
      }
    },
  );

  it("of any text comes back exactly after any edits", async () => {
    const app = reader(await create(), 3);
    const text = fc.string({
      unit: fc.constantFrom("a", "b ", "\r", "\n", "\0", "\ud83d", "\ude00", "\u2028", "é"),
    });
    await asUser(user, () =>
      fc.assert(
        fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 6 }), async (bodies) => {
          const slug = randomUUID();
          const { page } = await app.addPage({ title: "T", slug });
          for (const body of bodies) {
            await app.updateBody(slug, body);
            expect((await app.getPageById(page.id)).body).toBe(body);
          }
        }),
        { numRuns: 30 },
      ),
    );
  });

  it("of 5 MB is created, edited and read", async () => {
    const app = reader(await create(), 2);
    const line = "All work and no play — makes \ud83d a dull page \0 indeed.\r\n";
    const body = Array.from({ length: 90_000 }, (_, number) => `${number} ${line}`).join("");
    expect(Buffer.byteLength(body)).toBeGreaterThan(5_000_000);
    await asUser(user, () => app.createPage("Long", "long", body));
    expect((await app.getPageBySlug("long")).body === body).toBe(true);
    const edited = body.replace("45000 All", "45000 Some");
    await asUser(user, () => app.updateBody("long", edited));
    const { id, version } = await app.getPageBySlug("long");
    expect(version).toBe(2);
    expect((await app.getPageBySlug("long")).body === edited).toBe(true);
    expect((await app.getPageById(id, 1)).body === body).toBe(true);
  });
});
