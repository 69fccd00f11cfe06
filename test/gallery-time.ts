// The screens of what was: the wiki at an instant, a page at a version, archived pages, addresses in time.

import { archivedPages } from "../packages/wiki/src/web/archived/archived-pages.tsx";
import type { Frame } from "../packages/wiki/src/web/document.tsx";
import { exportScreen } from "../packages/wiki/src/web/export/export.tsx";
import { archivedPage } from "../packages/wiki/src/web/page/archived-page.tsx";
import { listPages } from "../packages/wiki/src/web/page/list.tsx";
import { missingPage } from "../packages/wiki/src/web/page/missing.tsx";
import { type ShowPageProps, showPage } from "../packages/wiki/src/web/page/show.tsx";
import { pageVersion } from "../packages/wiki/src/web/page/version.tsx";
import type { Screen } from "../packages/wiki/src/web/parts/screen.tsx";
import { searchScreen } from "../packages/wiki/src/web/search/search.tsx";
import { slugHistory } from "../packages/wiki/src/web/slugs/slug-history.tsx";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { timeTravel } from "../packages/wiki/src/web/time/time-travel.tsx";

type Row = readonly [name: string, frame: Frame, screen: Screen];

const visitor: Frame = { person: null, mayCreatePages: false, indexed: true, returnTo: "/handbook" };
const editor: Frame = { person: { name: "Editor One" }, mayCreatePages: true };

const toReaders: ShowPageProps = {
  id: "id",
  slug: "handbook/on-call",
  title: "On-call",
  version: 14,
  modifiedAt: "2026-03-03T10:20:30.000Z",
  modifiedBy: "Editor One",
  html: `<p>Whoever carries the pager answers within fifteen minutes.</p>
<h2 id="one">Handing over</h2><p>See <a href="/failover">Database failover</a> and
<a class="wanted" href="/certificates">Certificates</a>.</p><h2 id="two">At night</h2><h2 id="three">By day</h2>`,
  headings: ["one", "two", "three"].map((id) => ({ level: 2, id, text: `Section ${id}` })),
};
const shown: ShowPageProps = { ...toReaders, editBase: "id.14" };

const longWord = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3);
const rtl = `<h2 id="a">المقدمة</h2><p>هذه صفحة مكتوبة من اليمين إلى اليسار، مع <a href="/x">رابط</a>.</p>`;

const listed = [
  { slug: "handbook/on-call", title: "On-call", modifiedAt: shown.modifiedAt, modifiedBy: "Editor One" },
  { slug: "عربي/صفحة", title: "صفحة عن كل شيء", modifiedAt: "2026-02-26T08:00:00Z", modifiedBy: "سلمى" },
  { slug: longWord.toLowerCase(), title: longWord, modifiedAt: "2026-01-01T00:00:00Z", modifiedBy: longWord },
] as const;
const [onCall, arabic, long] = listed;
const linking = listed.map(({ slug, title }) => ({ slug, title }));

const instant = "2026-03-03T12:00:00.000Z";
const then: Frame = {
  ...visitor,
  earlierDate: { instant, isAhead: false, pageId: "id", below: "handbook/on-call" },
};
const farAhead = { instant: "2999-12-31T23:59:59.999Z", isAhead: true, below: "-/search?q=a" };
const archiving = { at: shown.modifiedAt, by: "Editor Two", summary: "The rota is kept elsewhere now" };
const longArchiving = { ...archiving, by: longWord, summary: longWord };
const [current, released, rightToLeft, endless] = [
  { ...onCall, id: "1", archived: false },
  null,
  { ...arabic, id: "2", archived: false },
  { ...long, id: "3", archived: true },
];

const past: readonly Row[] = [
  [
    "past",
    then,
    showPage({ ...toReaders, former: { ...current, title: "Duty", archived: true }, backlinks: linking }),
  ],
  ["past-missing", then, missingPage({ slug: "handbook/leaving", mayCreate: false, signedIn: false })],
  [
    "past-archived",
    { ...editor, earlierDate: { ...farAhead, instant } },
    missingPage({
      slug: "a",
      mayCreate: false,
      signedIn: true,
      archived: { ...archiving, id: "1", title: "صفحة عن كل شيء" },
    }),
  ],
  [
    "past-list",
    { ...editor, current: "pages", earlierDate: { ...farAhead } },
    listPages({ pages: listed, before: "17", continued: true, mayCreate: false, signedIn: true }),
  ],
  [
    "past-list-empty",
    { ...then, current: "pages" },
    listPages({ pages: [], before: null, continued: false, mayCreate: false, signedIn: false }),
  ],
  [
    "past-search",
    { ...then, current: "search" },
    searchScreen({
      q: "هاتف",
      hits: [
        { ...arabic, snippet: [{ text: "هاتف", match: true }] },
        { ...long, snippet: [] },
      ],
      total: 40,
      next: "/-/search?q=a&cursor=20",
      mayCreate: true,
    }),
  ],
  ["export", visitor, exportScreen({ instant: "" })],
  ["export-error", editor, exportScreen({ instant: "", error: strings.earlier.invalid(longWord) })],
  ["time-travel", visitor, timeTravel({ instant: "" })],
  ["time-travel-error", editor, timeTravel({ instant: "", error: strings.earlier.invalid(longWord) })],
];

const kept: readonly Row[] = [
  [
    "show-merged",
    editor,
    showPage({ ...shown, notice: { kind: "merged", base: 11, current: 13, version: 14 } }),
  ],
  ["show-former", editor, showPage({ ...shown, former: rightToLeft })],
  ["show-former-archived", editor, showPage({ ...shown, former: endless })],
  [
    "missing-archived",
    editor,
    missingPage({
      slug: longWord,
      mayCreate: true,
      signedIn: true,
      archived: { ...longArchiving, id: "3", title: longWord },
    }),
  ],
  [
    "missing-archived-reader",
    visitor,
    missingPage({
      slug: "duty",
      mayCreate: false,
      signedIn: false,
      archived: { ...archiving, summary: null, id: "1", title: "Duty" },
    }),
  ],
  [
    "archived-page",
    editor,
    archivedPage({
      ...toReaders,
      archiving,
      editBase: "id.14",
      successor: rightToLeft,
      justArchived: true,
    }),
  ],
  ["archived-page-reader", visitor, archivedPage({ ...toReaders, html: "", archiving: longArchiving })],
  [
    "version",
    visitor,
    pageVersion({ ...toReaders, archived: false, version: 9, latest: 14, at: instant, by: "Editor One" }),
  ],
  [
    "version-archived",
    visitor,
    pageVersion({
      ...toReaders,
      title: "صفحة عن كل شيء",
      slug: longWord,
      html: rtl,
      archived: true,
      latest: 14,
      at: instant,
      by: longWord,
    }),
  ],
  [
    "slug-history",
    visitor,
    slugHistory({
      slug: "handbook/on-call",
      holdings: [current, released, rightToLeft, endless].map((page, index) => ({
        page,
        from: `2026-03-0${4 - index}T10:20:30.000Z`,
        until: index === 0 ? null : `2026-03-0${5 - index}T10:20:30.000Z`,
        by: page === endless ? longWord : "Editor Two",
      })),
      omitted: 1_200,
    }),
  ],
  ["slug-history-empty", visitor, slugHistory({ slug: longWord, holdings: [], omitted: 0 })],
  [
    "archived",
    { ...editor, current: "pages" },
    archivedPages({
      pages: listed.map(({ modifiedAt: at, modifiedBy: by, slug, title }) => ({
        id: slug,
        slug,
        title,
        at,
        by,
      })),
      next: "/-/archived?cursor=50",
    }),
  ],
  ["archived-empty", visitor, archivedPages({ pages: [], next: null })],
];

/** Each with the frame it stands in. */
export const timeScreens: readonly Row[] = [...past, ...kept];
