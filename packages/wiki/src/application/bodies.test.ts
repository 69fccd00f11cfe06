import { randomUUID } from "node:crypto";
import { asUser, type Recorder } from "@palimpsest/eventsourcing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { ContentManagement } from "./content-management.ts";

const user = randomUUID();

const HOSTILE: Readonly<Record<string, string>> = {
  "an empty body": "",
  CRLF: "one\r\ntwo\r\n",
  "a lone CR": "one\rtwo",
  "mixed line endings": "a\r\nb\nc\rd\n\re\r\r\n",
  "no final newline": "one\ntwo",
  "newlines only": "\n\n\n",
  NUL: "a\0b\0",
  "control characters": Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join("x"),
  emoji: "👩‍👩‍👧‍👦 🏳️‍🌈 ☃\u{1F600}",
  "a lone high surrogate": "a\ud83d b",
  "a lone low surrogate": "\ude00a",
  "surrogates in the wrong order": "\ude00\ud83d",
  "line and paragraph separators": "a\u2028b\u2029c\u0085d",
  "a byte order mark": "\ufeffa\ufeff",
  "text that is not normalised": "e\u0301 é \u212b",
  "JSON like a type of the transcoder": '{"$type":"date","value":"x"}',
  "JSON with a prototype": '{"__proto__":null}',
};

/** Returns an application without a cache, which reads all pages from the recorder. */
const uncached = (recorder: Recorder, interval: number) =>
  new ContentManagement({ recorder, cacheSize: 0, snapshots: { Page: { every: interval } } });

onEachRecorder("a body", (create) => {
  it.each([
    ["events", 1_000, 0],
    ["a snapshot", 1, 1],
  ] as const)("is read exactly from %s, whatever its characters", async (_, interval, snapshots) => {
    const app = uncached(await create(), interval);
    for (const [index, [name, body]] of Object.entries(HOSTILE).entries()) {
      const [created, edited] = [`created-${index}`, `edited-${index}`];
      await asUser(user, () => app.createPage("Created", created, body));
      expect((await app.getPageBySlug(created)).body, name).toBe(body);
      await asUser(user, () => app.createPage("Edited", edited, "before\n"));
      await asUser(user, () => app.updateBody(edited, body));
      const { id } = await app.getPageBySlug(edited);
      await asUser(user, () => app.updateBody(edited, `${body}after`));
      expect((await app.getPageBySlug(edited)).body, name).toBe(`${body}after`);
      expect((await app.getPageById(id, 2)).body, name).toBe(body);
      expect((await app.getPageById(id, 1)).body, name).toBe("before\n");
      expect((await app.snapshots.get(id)).length, name).toBe(snapshots);
    }
  });

  it("is read exactly after any edits of any text", async () => {
    const app = uncached(await create(), 3);
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
        { numRuns: 20 },
      ),
    );
  });

  it("can be 5 MB long", async () => {
    const app = uncached(await create(), 2);
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
