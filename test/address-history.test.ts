// The history of an address: the pages that had it.

import { describe, expect, it } from "vitest";
import { datedWiki } from "./fixtures/dated-wiki.ts";

const dated = datedWiki();
const { read, at } = dated;

describe("the history of an address", () => {
  it("lists every page that had it, newest first, and when it was free", async () => {
    const { text, links } = await read("/-/slug/bread");
    expect(text).toMatch(
      /Third .*– now.*No page .*Released by Editor One.*All breads .*No page .*Sourdough /,
    );
    expect(links).toContain(at("slug reused").page("bread"));
    for (const link of links) expect([link, (await read(link)).status]).toEqual([link, 200]);
  });

  it("is empty for an unused address, and rejects an invalid one", async () => {
    expect((await read("/-/slug/never")).text).toContain("No page has had this address.");
    expect((await read("/-/slug/-/x")).status).toBe(400);
    expect((await read("/-/slug/BREAD")).location).toBe("/-/slug/bread");
  });
});
