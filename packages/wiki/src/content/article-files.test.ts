import { describe, expect, it } from "vitest";
import { linksBySlug } from "../../../../test/rendering.ts";
import { Article, parseArticle } from "./article.ts";
import { ArticleFiles, fileReferenceIn } from "./article-files.ts";

const id = "5f0c5e7e-7c1e-4a57-9d0b-0d9a3c1b7a11";
const plan = { id, name: "My plan.png", width: 30, height: 20 };
const report = { id: id.replace("5", "6"), name: "report.pdf" };
const files = new ArticleFiles([plan, report], (name) => `Missing: ${name}`);
const options = { resolveLink: linksBySlug(undefined, () => false), linkBase: { slug: "a/b" } };
const render = (source: string, others = {}) =>
  new Article(parseArticle(source)).html({ ...options, files, ...others });
const address = `/-/files/${id}/My%20plan.png`;

describe("an image that names a file of the page", () => {
  it.each([
    "![a](<My plan.png>) b",
    "![a](My%20plan.png) b",
    "![a](./my%20PLAN.png) b",
    `![a](/-/files/${id}) b`,
    "![[My plan.png|a]] b",
  ])("in %s has its address and size", (source) => {
    expect(render(source)).toBe(
      `<p dir="auto"><img src="${address}" width="30" height="20" alt="a" loading="lazy"> b</p>\n`,
    );
  });

  it("has a caption if it is alone in a paragraph", () => {
    expect(render("![A <plan>](<My plan.png>)")).toBe(
      `<p dir="auto"><span class="figure"><img src="${address}" width="30" height="20" alt="A &lt;plan&gt;" loading="lazy">` +
        '<span class="caption">A &lt;plan&gt;</span></span></p>\n',
    );
    expect(render("![](<My plan.png>)")).not.toContain("caption");
    expect(render("![a](https://example.org/a.png)")).not.toContain("caption");
  });

  it("keeps the size that HTML gives it", () => {
    expect(render('<img src="My plan.png" width="5" alt="a">')).toContain(
      `<img src="${address}" width="5" alt="a" loading="lazy">`,
    );
    expect(render('<p align="center"><img src="My plan.png"></p>')).toContain('width="30" height="20"');
  });

  it("is a text if the page does not have the file", () => {
    expect(render("a ![b](x<y.png)")).toContain('<span class="missing-file">Missing: x&lt;y.png</span>');
    expect(render("a ![b](x.png)", { files: undefined })).toContain('<img src="/a/x.png"');
    expect(render("a ![b](/x.png) ![c](../x.png) ![d](https://x/y.png)")).not.toContain("missing-file");
  });
});

describe("a link that names a file of the page", () => {
  it("leads to the file, and without it to a page", () => {
    expect(render("[r](report.pdf)")).toContain(`<a href="/-/files/${report.id}/report.pdf">r</a>`);
    expect(render("![[report.pdf]]")).toContain(`<a href="/-/files/${report.id}/report.pdf">report.pdf</a>`);
    expect(render("[r](other.pdf)")).toContain('class="wanted"');
    expect(render("[[report.pdf]]")).toContain('class="wanted"');
  });
});

describe("fileReferenceIn", () => {
  it.each([
    "",
    "#a",
    "?a",
    "a/b.png",
    "../a.png",
    "/a.png",
    "https://a/b.png",
    "mailto:a",
    "a%2Fb.png",
    "//a.png",
    `/a/-/files/${id}`,
  ])("finds none in %j", (text) => expect(fileReferenceIn(text)).toBeUndefined());

  it("finds names and ids", () => {
    expect(fileReferenceIn("a%20b.png#x")).toEqual({ name: "a b.png" });
    expect(fileReferenceIn("50%.png")).toEqual({ name: "50%.png" });
    expect(fileReferenceIn(`/-/files/${id}/a.png`)).toEqual({ id });
  });
});
