import { describe, expect, it } from "vitest";
import { LinkTargets } from "./link-targets.ts";

const targets = new LinkTargets([
  { path: "README.md", slug: "readme" },
  { path: "a.md", slug: "a" },
  { path: "guides/README.md", slug: "guides" },
  { path: "guides/b c.md", slug: "guides/b-c" },
  { path: "guides/Caf\u00e9.md", slug: "guides/café" },
  { path: "x/paren.md", slug: "x/(paren)&|" },
]);

describe("LinkTargets", () => {
  it.each([
    ["a.md", "guides/README.md", "/guides"],
    ["a.md", "./guides/", "/guides"],
    ["a.md", "guides", "/guides"],
    ["guides/README.md", ".", "/guides"],
    ["guides/README.md", "../", "/readme"],
    ["guides/README.md", "../a.md#some-part", "/a#some-part"],
    ["guides/README.md", "b%20c.md?plain=1#x", "/guides/b-c?plain=1#x"],
    ["guides/README.md", "b c.md", "/guides/b-c"],
    ["guides/README.md", "Cafe\u0301.md", "/guides/caf%C3%A9"],
    ["guides/README.md", "../a", "/a"],
    ["guides/README.md", "/a.md", "/a"],
    ["a.md", "x/paren.md#(a b)&c", "/x/%28paren%29%26%7C#%28a%20b%29&amp;c"],
  ])("resolves in %s the link %s to %s", (path, destination, address) => {
    expect(targets.of(path, destination)).toEqual({ kind: "page", address });
  });

  it.each(["missing.md", "../a.md", "image.png", "../../etc/passwd", "%zz.md", "A.md"])(
    "reports %s as missing",
    (destination) => {
      expect(targets.of("a.md", destination)).toEqual({ kind: "missing" });
    },
  );

  it.each([
    "#part",
    "?q",
    "",
    "https://example.org/a.md",
    "mailto:a@b.c",
    "//host/a.md",
    "/other",
    "javascript:x",
  ])("reports %j as elsewhere", (destination) => {
    expect(targets.of("a.md", destination)).toEqual({ kind: "elsewhere" });
  });
});
