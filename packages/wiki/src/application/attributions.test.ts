import { asUser } from "@palimpsest/eventsourcing";
import { expect, test } from "vitest";
import { SYSTEM } from "../domain/user.ts";
import { attributionsOf } from "./attributions.ts";
import { ContentManagement } from "./content-management.ts";

const BY_THE_VIEW = "00000000-0000-4000-8000-000000000000";

test("reads versions that the view lacks from the record, and leaves out versions that do not exist", async () => {
  const content = new ContentManagement();
  const { page } = await asUser(SYSTEM, () => content.addPage({ title: "T0" }));
  for (const title of ["T1", "T2"]) {
    await asUser(SYSTEM, () => content.editPage(page.id, { title }));
  }
  const edit = { userId: BY_THE_VIEW, at: new Date(0) };
  const asked: (readonly number[])[] = [];
  const recentChanges = {
    recentChanges: async () => [],
    editsOf: async (_: string, versions: readonly number[]) => {
      asked.push(versions);
      return [{ version: 1, ...edit }];
    },
  };
  const found = await attributionsOf(content, { recentChanges }, page.id, [3, 1, 3, 99]);
  expect(asked).toEqual([[3, 1, 99]]);
  expect(found.get(1)).toEqual(edit);
  expect(found.get(3)).toMatchObject({ userId: SYSTEM });
  expect(found.size).toBe(2);
  await content.close();
});
