import { asUser, type EventStore } from "@palimpsest/eventsourcing";
import { beforeEach, describe, expect, it } from "vitest";
import { SYSTEM } from "../domain/user.ts";
import { ContentManagement } from "./content-management.ts";
import { PageChanges } from "./page-changes.ts";

let content: ContentManagement;
let pageId: string;
let reads: number;
let changes: PageChanges;

beforeEach(async () => {
  content = new ContentManagement();
  pageId = (await asUser(SYSTEM, () => content.addPage({ title: "Page", body: "0" }))).page.id;
  for (let edit = 1; edit < 10; edit += 1) await update(String(edit));
  reads = 0;
  const recordings: EventStore["recordings"] = (id, range) => {
    reads += 1;
    return content.events.recordings(id, range);
  };
  changes = new PageChanges({ recordings });
});

const update = (body: string) => asUser(SYSTEM, () => content.editPage(pageId, { body }));
const versions = (found: readonly { readonly version: number }[]) => found.map(({ version }) => version);

describe("the changes of a page", () => {
  it("are read once", async () => {
    expect(versions(await changes.newest(pageId, undefined, 4))).toEqual([10, 9, 8, 7]);
    expect(versions(await changes.newest(pageId, 11, 3))).toEqual([10, 9, 8]);
    expect(versions(await changes.between(pageId, 8, 9))).toEqual([8, 9]);
    expect(reads).toBe(1);
    expect(versions(await changes.newest(pageId, 9, 100))).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(reads).toBe(2);
    expect(versions(await changes.between(pageId, 1, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(reads).toBe(2);
  });

  it("include versions that were recorded after a read", async () => {
    expect(versions(await changes.between(pageId, 9, 12))).toEqual([9, 10]);
    await update("new");
    expect(versions(await changes.between(pageId, 9, 12))).toEqual([9, 10, 11]);
    expect(versions(await changes.newest(pageId, undefined, 2))).toEqual([11, 10]);
  });

  it("are the newest ones if `before` is above all versions", async () => {
    expect(versions(await changes.newest(pageId, 50, 2))).toEqual([10, 9]);
    expect(versions(await changes.newest(pageId, 50, 2))).toEqual([10, 9]);
    expect(await changes.between(pageId, 11, 20)).toEqual([]);
  });

  it("are empty for a limit of 0 and for a page that does not exist", async () => {
    await changes.newest(pageId, undefined, 10);
    expect(await changes.newest(pageId, 5, 0)).toEqual([]);
    expect(await changes.newest(pageId, 1, 5)).toEqual([]);
    expect(await changes.newest(SYSTEM, undefined, 5)).toEqual([]);
  });
});
