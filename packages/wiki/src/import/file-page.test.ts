import { describe, expect, it } from "vitest";
import { InvalidSlugError } from "../content/slug.ts";
import { pageOfFile, slugOfPath } from "./file-page.ts";

describe("slugOfPath", () => {
  it.each([
    ["README.md", "readme"],
    ["index.markdown", "index"],
    ["Guides/Getting Started.md", "guides/getting-started"],
    ["Guides/Index.md", "guides"],
    ["a/b/README.MD", "a/b"],
    ["api.md", "api-page"],
    ["reference/api.md", "reference/api"],
    ["Über uns/Größe.md", "über-uns/größe"],
    ["v1.2/change_log.md", "v1-2/change-log"],
    ["説明.md", "説明"],
    ["!!!.md", "page"],
  ])("derives from %s the slug %s", (path, slug) => {
    expect(slugOfPath(path)).toBe(slug);
  });

  it("refuses a path whose slug would be too long", () => {
    expect(() => slugOfPath(`${"long/".repeat(50)}a.md`)).toThrow(InvalidSlugError);
  });
});

describe("pageOfFile", () => {
  const titleOf = (path: string, source: string) => pageOfFile(path, source).title;

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
    expect(pageOfFile("a.md", "---\nslug: /Some/Where/\n---\n").slug).toBe("some/where");
    expect(() => pageOfFile("a.md", "---\nslug: api/x\n---\n")).toThrow(InvalidSlugError);
  });

  it("keeps the text unchanged, without front matter", () => {
    const text = "# A\r\n\r\ntext \u2028 with\rall\0 of it";
    expect(pageOfFile("a.md", text).body).toBe(text);
    expect(pageOfFile("a.md", `---\ntitle: B\n---\n${text}`).body).toBe(text);
  });
});
