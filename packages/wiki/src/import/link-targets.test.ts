import { describe, expect, it } from "vitest";
import { LinkTargets } from "./link-targets.ts";

const targets = new LinkTargets(
  [
    ["README.md", "readme"],
    ["a.md", "a"],
    ["guides/README.md", "guides"],
    ["guides/b c.md", "guides/b-c"],
    ["guides/Caf\u00e9.md", "guides/café"],
    ["x/paren.md", "x/(paren)&|"],
    ["x/page.mdx", "x/page"],
    ["y/README.md", "y/readme"],
    ["y/index.md", "y"],
    ["02-start/01-first.mdx", "02-start/01-first"],
    ["02-start/index.mdx", "02-start"],
  ],
  ["a.md", "img/a b.png", "public/logo.svg", "static/css/x.css", "guides/Cafe\u0301.png", "data.json"],
);

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
    ["guides/README.md", "/x/page", "/x/page"],
    ["a.md", "x/page.html#y", "/x/page#y"],
    ["a.md", "y/", "/y"],
    ["a.md", "/docs/guides/b%20c.md", "/guides/b-c"],
    ["a.md", "/docs/", "/readme"],
    ["a.md", "/docs/start/first#x", "/02-start/01-first#x"],
    ["a.md", "start", "/02-start"],
    ["02-start/index.mdx", "./first", "/02-start/01-first"],
    ["a.md", "/", "/readme"],
    ["a.md", "x/paren.md#(a b)&c", "/x/%28paren%29%26%7C#%28a%20b%29&amp;c"],
  ])("resolves in %s the link %s to %s", (path, destination, address) => {
    expect(targets.of(path, destination)).toEqual({ kind: "page", address });
  });

  it.each([
    ["a.md", "img/a%20b.png", "img/a b.png"],
    ["guides/README.md", "../img/a b.png", "img/a b.png"],
    ["guides/README.md", "Café.png?raw=true", "guides/Cafe\u0301.png"],
    ["guides/README.md", "/logo.svg", "public/logo.svg"],
    ["a.md", "/css/x.css", "static/css/x.css"],
    ["guides/README.md", "/docs/data.json", "data.json"],
    ["a.md", "data.json", "data.json"],
  ])("finds in %s the file of %s", (path, destination, file) => {
    expect(targets.of(path, destination)).toEqual({ kind: "file", path: file });
  });

  it("reports an address that may be a page of the wiki", () => {
    expect(targets.of("a.md", "/other/page#x")).toEqual({ kind: "missing", slug: "other/page" });
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
    "/-/pages",
    "/api/pages",
    "javascript:x",
  ])("reports %j as elsewhere", (destination) => {
    expect(targets.of("a.md", destination)).toEqual({ kind: "elsewhere" });
  });
});
