import { asUser } from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { afterEach, describe, expect, test } from "vitest";
import { SYSTEM } from "../domain/user.ts";
import { openViews } from "../open-views.ts";
import { ContentManagement } from "./content-management.ts";
import { linkStates } from "./link-states.ts";
import { currentWiki, type WikiReader } from "./wiki-reading.ts";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

async function openWiki() {
  const recorder = memoryRecorder();
  const content = new ContentManagement({ recorder });
  const views = await openViews({ kind: "memory" }, recorder, content);
  opened.push(content, views);
  const lookedUp: string[] = [];
  const current = currentWiki(content, views);
  const wiki: WikiReader = {
    ...current,
    existingSlugsInRecord(slugs) {
      lookedUp.push(...slugs);
      return current.existingSlugsInRecord(slugs);
    },
  };
  const errors: unknown[] = [];
  const states = async (slugs: readonly string[]) =>
    Object.fromEntries(await linkStates(wiki, slugs, (error) => errors.push(error)));
  const change = (command: () => Promise<unknown>) => asUser(SYSTEM, command);
  const catchUp = async () => {
    views.runner.start();
    await views.runner.waitFor(undefined, await content.position(), { timeoutMs: 20_000 });
    await views.runner.stop();
  };
  return { content, views, states, lookedUp, errors, change, catchUp };
}

describe("linkStates", () => {
  test("looks up no slug in the record if the view has processed all events", async () => {
    const { content, states, lookedUp, change, catchUp } = await openWiki();
    await change(() => content.createPage("Café", "café"));
    await catchUp();
    expect(await states(["café!", "café", "nowhere"])).toEqual({
      "café!": "wanted",
      café: "exists",
      nowhere: "wanted",
    });
    expect(lookedUp).toEqual([]);
  });

  test("looks up only the slugs whose events the view has not processed", async () => {
    const { content, states, lookedUp, errors, change, catchUp } = await openWiki();
    await change(() => content.createPage("Old", "old"));
    await catchUp();
    await change(() => content.createPage("New", "new"));
    await change(() => content.updateSlug("old", "moved"));
    expect(await states(["old", "new", "moved", "nowhere"])).toEqual({
      old: "exists",
      new: "exists",
      moved: "exists",
      nowhere: "wanted",
    });
    expect(lookedUp).toEqual(["new", "moved"]);
    expect(errors).toEqual([]);
  });

  test("looks up a limited number of slugs if the view fails, and takes the others for existing", async () => {
    const { content, views, states, lookedUp, errors, change } = await openWiki();
    await change(() => content.createPage("Page", "page-3"));
    await views.close();
    const slugs = Array.from({ length: 150 }, (_, index) => `page-${index}`);
    const found = await states(slugs);
    expect(lookedUp).toEqual(slugs.slice(0, 100));
    expect(slugs.filter((slug) => found[slug] === "exists")).toEqual(["page-3", ...slugs.slice(100)]);
    expect(errors).toHaveLength(1);
  });
});
