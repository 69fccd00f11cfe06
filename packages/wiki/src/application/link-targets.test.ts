import { asUser } from "@palimpsest/eventsourcing";
import { describe, expect, test } from "vitest";
import { openMemoryWiki } from "../../../../test/memory-wiki.ts";
import type { LinkNames } from "../content/wiki-links.ts";
import { SYSTEM } from "../domain/user.ts";
import { linkTargets } from "./link-targets.ts";
import { currentWiki, type WikiReader } from "./wiki-reading.ts";

async function openWiki() {
  const { content, views } = await openMemoryWiki();
  const lookedUp: string[] = [];
  const current = currentWiki(content, views);
  const wiki: WikiReader = {
    ...current,
    slugHoldersInRecord(slugs) {
      lookedUp.push(...slugs);
      return current.slugHoldersInRecord(slugs);
    },
  };
  const errors: unknown[] = [];
  const states = async (slugs: readonly string[]) => {
    const links = slugs.map((slug): LinkNames => [slug, null, null]);
    const targetOf = await linkTargets(wiki, links, (error) => errors.push(error));
    return Object.fromEntries(links.map((names) => [names[0], targetOf(names)?.kind]));
  };
  const change = (command: () => Promise<unknown>) => asUser(SYSTEM, command);
  const catchUp = async () => {
    views.runner.start();
    await views.runner.waitFor(undefined, await content.position(), { timeoutMs: 20_000 });
    await views.runner.stop();
  };
  return { content, views, states, lookedUp, errors, change, catchUp };
}

describe("linkTargets", () => {
  test("looks up no slug in the record if the view has processed all events", async () => {
    const { content, states, lookedUp, change, catchUp } = await openWiki();
    await change(() => content.createPage("Café", "café"));
    await catchUp();
    expect(await states(["café!", "café", "nowhere"])).toEqual({
      "café!": "nothing",
      café: "page",
      nowhere: "nothing",
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
      old: "page",
      new: "page",
      moved: "page",
      nowhere: "nothing",
    });
    expect(lookedUp).toEqual(["old", "new", "moved"]);
    expect(errors).toEqual([]);
  });

  test("looks up a limited number of slugs if the view fails, and leaves the others unknown", async () => {
    const { content, views, states, lookedUp, errors, change } = await openWiki();
    await change(() => content.createPage("Page", "page-3"));
    await views.close();
    const slugs = Array.from({ length: 150 }, (_, index) => `page-${index}`);
    const found = await states(slugs);
    expect(lookedUp).toEqual(slugs.slice(0, 100));
    expect(slugs.filter((slug) => found[slug] !== "nothing")).toEqual(["page-3", ...slugs.slice(100)]);
    expect(errors).toHaveLength(1);
  });
});
