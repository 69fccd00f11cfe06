import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { beforeEach, describe, expect, it } from "vitest";
import { openDrafts } from "../drafts/open-drafts.ts";
import { inlineTasks } from "../workers/task-runner.ts";
import { ContentManagement } from "./content-management.ts";
import {
  type FormDraft,
  isAlreadySaved,
  type PageDraft,
  removeFormDraft,
  requireDraftVersions,
  saveNewPageDraft,
  savePageDraft,
} from "./draft-rules.ts";
import type { Draft, Drafts } from "./drafts.ts";
import { BaseVersionError } from "./errors.ts";
import type { PageDetails } from "./pages.ts";

const you = randomUUID();
const other = randomUUID();
const BODY = "First\r\n\r\nSecond\r\n\r\nThird\r\n";

let content: ContentManagement;
let drafts: Drafts;
let page: PageDetails;

beforeEach(async () => {
  content = new ContentManagement();
  drafts = await openDrafts({ kind: "memory" });
  page = (await asUser(other, () => content.addPage({ title: "Page", body: BODY }))).page;
});

const edit = async (userId: string, fields: { title?: string; body?: string }) => {
  page = (await asUser(userId, () => content.editPage(page.id, fields))).page;
};
const formDraft = (): FormDraft => ({ id: randomUUID() });
const save = (typed: Partial<PageDraft>, form = formDraft()) =>
  savePageDraft(
    { content, drafts, workers: inlineTasks },
    you,
    page,
    { title: "Page", body: BODY, summary: "", baseVersion: 1, ancestorVersions: [], ...typed },
    form,
  );
const stored = async (): Promise<readonly Draft[]> => {
  const listed = await drafts.list(you);
  const found = await Promise.all(listed.map(({ pageId, id }) => drafts.get(you, pageId, id)));
  return found.filter((draft) => draft !== undefined);
};

describe("saving a draft of a page", () => {
  it("stores the text with the line endings of its base version", async () => {
    await save({ body: "Mine\n\nSecond\n", summary: "Why", ancestorVersions: [1] });
    const body = "Mine\r\n\r\nSecond\r\n";
    expect(await stored()).toMatchObject([{ body, summary: "Why", baseVersion: 1, ancestorVersions: [1] }]);
  });

  it("removes the form's draft if the text equals its base", async () => {
    const form = formDraft();
    await save({ body: "Mine" }, form);
    await save({ body: BODY.replaceAll("\r", "") }, form);
    expect(await stored()).toEqual([]);
  });

  it("removes the form's draft if the page contains the text, also merged with later edits", async () => {
    const mine = BODY.replace("First", "My first");
    await edit(other, { body: BODY.replace("Third", "Their third") });
    const form = formDraft();
    await save({ body: mine }, form);
    expect(await stored()).toHaveLength(1);
    await edit(you, { body: mine.replace("Third", "Their third") });
    await save({ body: mine }, form);
    expect(await stored()).toEqual([]);
  });

  it("stores the draft if only its title is new", async () => {
    await save({ title: "New" });
    expect(await stored()).toMatchObject([{ title: "New" }]);
  });

  it("removes the draft that the form was filled with, unless another window changed that draft", async () => {
    await save({ body: "Old" });
    const [openedRevision] = await stored();
    if (openedRevision === undefined) throw new Error("The draft was not stored.");
    await save({ body: "New" }, { ...formDraft(), openedRevision });
    expect(await stored()).toMatchObject([{ body: "New" }]);

    const [changed] = await stored();
    if (changed === undefined) throw new Error("The draft was not stored.");
    const filledEarlier = { ...changed, savedAt: new Date(changed.savedAt.getTime() - 1) };
    await save({ body: "Newer" }, { ...formDraft(), openedRevision: filledEarlier });
    expect((await stored()).map(({ body }) => body).sort()).toEqual(["New", "Newer"]);
  });

  it("stores the resolution of a conflict until a later version contains the result", async () => {
    await edit(other, { body: BODY.replace("First", "Theirs") });
    const resolutions = new Map([["1", { choice: "both" } as const]]);
    const typed = {
      body: BODY.replace("First", "Mine"),
      resolution: { theirsVersion: 2, resolutions },
    };
    const form = formDraft();
    await save(typed, form);
    const conflicts = [{ name: "1", choice: "both" }];
    expect(await stored()).toMatchObject([{ resolution: { theirsVersion: 2, conflicts } }]);
    await edit(you, { body: BODY.replace("First", "Theirs\r\nMine") });
    await save(typed, form);
    expect(await stored()).toEqual([]);
  });

  it("keeps a resolution that equals theirs, since the page does not show whether it was saved", async () => {
    await edit(other, { body: BODY.replace("First", "Theirs") });
    await edit(you, { title: "Renamed" });
    const resolutions = new Map([["1", { choice: "theirs" } as const]]);
    const body = BODY.replace("First", "Mine");
    await save({ body, resolution: { theirsVersion: 2, resolutions } });
    expect(await stored()).toHaveLength(1);
  });
});

describe("saving a draft of a new page", () => {
  it("stores it until title and body are empty", async () => {
    const form = formDraft();
    const typed = { title: "New", slug: "new", body: "a\r\nb", summary: "" };
    await saveNewPageDraft({ drafts }, you, typed, form);
    expect(await stored()).toMatchObject([{ pageId: null, baseVersion: null, slug: "new", body: "a\nb" }]);
    await saveNewPageDraft({ drafts }, you, { ...typed, title: " ", body: "" }, form);
    expect(await stored()).toEqual([]);
  });
});

it("removing a form's draft leaves the drafts of other windows", async () => {
  const form = formDraft();
  await save({ body: "Mine" }, form);
  await save({ body: "In another window" });
  await removeFormDraft({ drafts }, you, page.id, form);
  expect(await stored()).toMatchObject([{ body: "In another window" }]);
});

it("a draft may name only versions that the page has", () => {
  const at = { version: 3 };
  expect(() => requireDraftVersions({ baseVersion: 3, ancestorVersions: [1] }, at)).not.toThrow();
  expect(() => requireDraftVersions({ baseVersion: 4, ancestorVersions: [] }, at)).toThrow(BaseVersionError);
  expect(() => requireDraftVersions({ baseVersion: 2, ancestorVersions: [4] }, at)).toThrow(BaseVersionError);
});

it("does not merge large texts to find out whether a draft is saved", async () => {
  const large = "x\n".repeat(50_000);
  const base = { title: "T", body: `a\n${large}b\n` };
  const saved = { title: "T", body: `A\n${large}B\n` };
  expect(await isAlreadySaved(base, saved, saved, inlineTasks)).toBe(true);
  expect(await isAlreadySaved(base, saved, { title: "T", body: `A\n${large}b\n` }, inlineTasks)).toBe(false);
});
