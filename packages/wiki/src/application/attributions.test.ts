import { asUser } from "@palimpsest/eventsourcing";
import { expect, test } from "vitest";
import { SYSTEM } from "../domain/user.ts";
import { attributionsOf } from "./attributions.ts";
import { ContentManagement } from "./content-management.ts";

const NOBODY_KNOWN = "00000000-0000-4000-8000-000000000000";

test("what the view has not heard of is read from the record, a bounded number of the newest", async () => {
  const content = new ContentManagement();
  const { page } = await asUser(SYSTEM, () => content.addPage({ title: "T0" }));
  for (let n = 1; n < 210; n++) {
    await asUser(SYSTEM, () => content.editPage(page.id, { title: `T${n}` }));
  }
  const at = new Date(0);
  const recentChanges = {
    recentChanges: async () => [],
    editsOf: async () => [{ version: 1, userId: NOBODY_KNOWN, at }],
  };
  const versions = Array.from({ length: 211 }, (_, n) => n + 1);
  const found = await attributionsOf(content, { recentChanges }, page.id, [...versions, 1, 1]);
  expect(found.get(1)).toEqual({ userId: NOBODY_KNOWN, at });
  expect(found.get(210)?.userId).toBe(SYSTEM);
  // Of the 200 that were read one by one, the newest does not exist.
  expect([...found.keys()].sort((one, other) => one - other)).toEqual([1, ...versions.slice(11, 210)]);
  await content.close();
});
