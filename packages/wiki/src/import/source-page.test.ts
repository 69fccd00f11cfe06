import { describe, expect, it } from "vitest";
import { slugOfEach, sourcePage } from "./source-page.ts";

const slugsOf = (paths: readonly string[], under?: string) => {
  const { slugs, refused } = slugOfEach(
    paths.map((path) => ({ path, slug: undefined })),
    under,
  );
  expect(refused).toEqual([]);
  return Object.fromEntries(slugs);
};

describe("slugOfEach", () => {
  it.each([
    ["README.md", "readme"],
    ["index.markdown", "index"],
    ["Guides/Getting Started.md", "guides/getting-started"],
    ["Guides/Index.md", "guides"],
    ["a/b/README.MD", "a/b"],
    ["api.md", "api-page"],
    ["reference/api.mdx", "reference/api"],
    ["Über uns/Größe.md", "über-uns/größe"],
    ["v1.2/change_log.md", "v1-2/change-log"],
    ["説明.md", "説明"],
    ["!!!.md", "page"],
  ])("derives from %s the slug %s", (path, slug) => {
    expect(slugsOf([path])).toEqual({ [path]: slug });
  });

  it("gives a folder's slug to one page, and prefers index to README", () => {
    expect(slugsOf(["a/README.md", "a/index.md", "b.md", "b/README.md"])).toEqual({
      "a/README.md": "a/readme",
      "a/index.md": "a",
      "b.md": "b",
      "b/README.md": "b/readme",
    });
  });

  it("puts all pages below a slug, and the first page at that slug", () => {
    expect(slugsOf(["README.md", "a.md", "api.md", "b/index.md"], "docs/v1")).toEqual({
      "README.md": "docs/v1",
      "a.md": "docs/v1/a",
      "api.md": "docs/v1/api-page",
      "b/index.md": "docs/v1/b",
    });
    const { slugs } = slugOfEach([{ path: "a.md", slug: "set" }], "docs");
    expect(slugs.get("a.md")).toBe("docs/set");
  });

  it("refuses a path whose slug would be too long", () => {
    const path = `${"long/".repeat(50)}a.md`;
    const { slugs, refused } = slugOfEach(
      [
        { path, slug: undefined },
        { path: "b.md", slug: undefined },
      ],
      undefined,
    );
    expect([...slugs.keys()]).toEqual(["b.md"]);
    expect(refused).toEqual([{ path, text: expect.stringContaining("bytes long") }]);
  });
});

describe("sourcePage", () => {
  const titleOf = (path: string, source: string) => sourcePage(path, source).title;

  it("takes the title from the front matter, the first heading or the file's name", () => {
    expect(titleOf("a.md", "---\ntitle: One\n---\n# Two")).toBe("One");
    expect(titleOf("a.md", "text\n\n## The `code` of *two*\n# Three")).toBe("The code of two");
    expect(titleOf("write-a_plugin.md", "no heading")).toBe("write a plugin");
    expect(titleOf("my-guides/README.md", "no heading")).toBe("my guides");
    expect(titleOf("README.md", "no heading")).toBe("README");
    expect(titleOf("a.md", "```\n# not a heading\n```")).toBe("a");
  });

  it("makes the title one line that is not too long", () => {
    expect(titleOf("a.md", "# A\tB\u0007")).toBe("A B");
    expect([...titleOf("a.md", `# ${"😀".repeat(600)}`)]).toHaveLength(500);
  });

  it("takes the slug from the front matter", () => {
    expect(sourcePage("a.md", "---\nslug: /Some/Where/\n---\n").slug).toBe("some/where");
    const { slug, warnings } = sourcePage("a.md", "---\nslug: api/x\n---\n");
    expect(slug).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('"api/x"')]);
  });

  it("keeps the text unchanged, without front matter", () => {
    const text = "# A\r\n\r\ntext \u2028 with\rall\0 of it";
    expect(sourcePage("a.md", text).body).toBe(text);
    expect(sourcePage("a.md", `---\ntitle: B\n---\n${text}`).body).toBe(text);
  });
});
