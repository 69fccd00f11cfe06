import { describe, expect, test } from "vitest";
import { assetHref } from "./assets.ts";
import { type Frame, renderDocument } from "./document.tsx";
import { wantedScreen } from "./links/wanted.tsx";
import { showPage } from "./page/show.tsx";
import { problem } from "./problem.tsx";
import { searchScreen } from "./search/search.tsx";
import { strings } from "./strings/strings.ts";

const visitor: Frame = { person: null, mayCreatePages: false };
const notFound = problem({ code: "not-found" });
const hostile = `</title><script>alert("1")</script>`;

describe("a document", () => {
  test("has a language, title, stylesheet and icon", () => {
    const html = renderDocument(visitor, notFound);
    expect(html).toMatch(/^<!doctype html><html lang="en"/);
    expect(html).toContain(`<title>${notFound.title} · Palimpsest</title>`);
    expect(html).toContain(`<link rel="stylesheet" href="${assetHref("styles.css")}"`);
    expect(assetHref("styles.css")).toMatch(/^\/-\/assets\/styles\.\w+\.css$/);
    expect(assetHref("favicon.svg")).toMatch(/^\/-\/assets\/favicon\.\w+\.svg$/);
  });

  test("has no inline scripts or styles, for any name", () => {
    const person = { name: hostile };
    const page = showPage({
      id: hostile,
      slug: hostile,
      title: hostile,
      version: 1,
      modifiedAt: "2026-03-03T10:00:00Z",
      modifiedBy: hostile,
      html: "",
      headings: [1, 2, 3].map((n) => ({ level: 2, id: `${n}"`, text: hostile })),
      editBase: hostile,
      former: { id: hostile, slug: hostile, title: hostile, archived: false },
    });
    const html = renderDocument({ person, mayCreatePages: true }, page);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/i);
    expect(html.match(/<script.*?<\/script>/g)).toEqual([
      `<script type="module" src="${assetHref("times.js")}"></script>`,
      `<script type="module" src="${assetHref("page.js")}"></script>`,
    ]);
    expect(html).toContain("&lt;/title>&lt;script>");
  });

  test("has one search form on each screen", () => {
    const ofForms = /<form method="get" action="\/-\/search">/g;
    const elsewhere = renderDocument(visitor, notFound);
    expect(elsewhere.match(ofForms)).toHaveLength(1);
    expect(elsewhere).toContain('<a href="/-/search">');
    const asked = searchScreen({ q: "a", hits: [], total: 0, next: null, mayCreate: false });
    expect(renderDocument({ ...visitor, current: "search" }, asked).match(ofForms)).toHaveLength(1);
  });

  test("marks the current link", () => {
    const html = renderDocument({ ...visitor, current: "changes" }, notFound);
    expect(html).toContain('<a href="/-/changes" aria-current="page">');
    expect(html.match(/aria-current/g)).toHaveLength(1);
  });

  test("links visitors to sign in and return", () => {
    const html = renderDocument({ ...visitor, returnTo: "/a?b" }, notFound);
    expect(html).toContain('href="/-/sign-in?return=%2Fa%3Fb"');
    expect(html).not.toContain(strings.frame.signOut);
    expect(html).not.toContain(strings.common.newPage);
  });

  test("has a form to sign out", () => {
    const frame: Frame = { person: { name: "Ada" }, mayCreatePages: true };
    const html = renderDocument(frame, notFound);
    expect(html).toContain('<form method="post" action="/-/sign-out"><button');
    expect(html).toContain('href="/-/new"');
    expect(html).not.toContain("/-/sign-in");
  });

  test("excludes screens that are not pages from search engines", () => {
    expect(renderDocument(visitor, notFound)).toContain("noindex");
    expect(renderDocument({ ...visitor, indexed: true }, notFound)).not.toContain("noindex");
  });
});

describe("a document at an earlier date", () => {
  const instant = "2026-03-03T12:00:00.000Z";
  const then = { ...visitor, indexed: true, earlierDate: { instant, isAhead: false, below: "-/wanted" } };
  const screen = wantedScreen({ pages: [{ slug: "a", count: 2 }], next: null, mayCreate: true });

  test("names the date, with a link to the current screen and a form for another date", () => {
    const html = renderDocument(then, screen);
    expect(html).toContain(`<aside class="past" aria-label="${strings.earlier.label}">`);
    expect(html).toMatch(/<time datetime="[^"]*" [^>]*>3 March 2026, 12:00 UTC<\/time>/);
    expect(html).toContain(`<title>${strings.links.wanted} · 3 March 2026, 12:00 UTC · Palimpsest</title>`);
    expect(html).toContain(`<a href="/-/wanted">${strings.earlier.backToToday}</a>`);
    expect(html).toContain('<form class="instant" method="get" action="/-/at">');
    expect(html).toContain('name="instant" value="2026-03-03T12:00:00"');
    expect(html).toContain('name="below" value="-/wanted"');
  });

  test("links to the current page by its id", () => {
    const html = renderDocument({ ...then, earlierDate: { ...then.earlierDate, pageId: "id" } }, screen);
    expect(html).toContain(`<a href="/-/page/id">${strings.earlier.backToToday}</a>`);
    expect(html).toContain('name="page" value="id"');
  });

  test("keeps links at its date, has no commands, and is excluded from search engines", () => {
    const html = renderDocument({ ...then, mayCreatePages: true }, screen);
    const links = Array.from(html.matchAll(/<(?:a|form)\b[^>]*(?:href|action)="(\/[^"]*)"/g), ([, to]) => to);
    const present = links.filter((to) => !to?.startsWith("/-/at/2026-03-03T12:00:00.000Z/"));
    expect(present).toEqual(["/-/sign-in", "/-/wanted", "/-/at"]);
    expect(links.length).toBeGreaterThan(present.length + 3);
    expect(html).toContain("noindex");
  });

  test("in the future says that the current wiki is shown", () => {
    const html = renderDocument({ ...then, earlierDate: { ...then.earlierDate, isAhead: true } }, screen);
    expect(html).toContain("in the future");
  });
});

test("rejects an unknown asset by name", () => {
  expect(() => assetHref("nothing.js")).toThrow('Asset "nothing.js"');
});
