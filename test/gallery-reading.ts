import { LimitExceededError } from "@palimpsest/eventsourcing";
import { Article, parseArticle } from "../packages/wiki/src/content/article.ts";
import { changesScreen } from "../packages/wiki/src/web/changes/changes.tsx";
import { errorText } from "../packages/wiki/src/web/error-text.ts";
import { backlinksScreen } from "../packages/wiki/src/web/links/backlinks.tsx";
import { orphansScreen } from "../packages/wiki/src/web/links/orphans.tsx";
import { wantedScreen } from "../packages/wiki/src/web/links/wanted.tsx";
import { listPages } from "../packages/wiki/src/web/page/list.tsx";
import { missingPage } from "../packages/wiki/src/web/page/missing.tsx";
import { type ShowPageProps, showPage } from "../packages/wiki/src/web/page/show.tsx";
import { type SearchProps, searchScreen } from "../packages/wiki/src/web/search/search.tsx";
import { editor, longWord, type Row, visitor } from "./gallery-frames.ts";
import { linksBySlug } from "./rendering.ts";

export const article = `
<p>Whoever carries the pager answers within fifteen minutes. Nobody carries it for more than one week in four, and the week after is free of meetings.</p>
<blockquote><p>This page is policy. A change is announced to everyone who watches it.</p></blockquote>
<h2 id="handing-over">Handing over</h2>
<p>The handover takes place on Monday at ten. Write down what is still open, link the runbook you used, and say what you would want to have known. If the runbook was wrong, mend it first: see <a href="/failover">Database failover</a> and <a class="wanted" href="/certificates">Certificates</a>.</p>
<ul><li>What is still open</li><li>What was noisy<ul><li>and why</li></ul></li><li><input type="checkbox" disabled checked aria-label="done"> Keys handed over</li></ul>
<h3 id="by-telephone">By telephone</h3>
<p>Only if <strong>both</strong> are <em>awake</em>.</p>
<div class="wide" role="group" aria-label="Table" tabindex="0"><table><thead><tr><th>Severity</th><th>Who</th><th>Within</th></tr></thead><tbody><tr><td>One</td><td>Everyone on the rota and the head of department</td><td>15 minutes</td></tr><tr><td>Two</td><td>The one on call</td><td>An hour</td></tr></tbody></table></div>
<h2 id="when-the-alarm-is-wrong">When the alarm is wrong</h2>
<p>An alarm that nobody acts on twice in a row is switched off with <code>alarm mute --until friday</code> and discussed in the review.</p>
<pre tabindex="0"><code class="hljs language-js"><span class="hljs-comment">// Nobody is woken twice for the same thing.</span>
<span class="hljs-keyword">const</span> seen = <span class="hljs-keyword">new</span> <span class="hljs-title class_">Set</span>([<span class="hljs-string">"disk"</span>, <span class="hljs-number">42</span>, <span class="hljs-literal">null</span>]);
alarm.<span class="hljs-title function_">on</span>(<span class="hljs-string">"raise"</span>, (<span class="hljs-params">event</span>) =&gt; { <span class="hljs-keyword">if</span> (!seen.<span class="hljs-title function_">has</span>(event.<span class="hljs-property">cause</span>)) pager.<span class="hljs-title function_">call</span>(event, { <span class="hljs-attr">within</span>: <span class="hljs-string">"15 minutes"</span> }); });
</code></pre>
<hr>
<p>See also <a href="https://example.org/">what others do</a>.</p>`;

/** A body with all syntax beyond CommonMark. */
const dialectBody = `---
title: On-call
tags: [policy, ${longWord}]
---

A note[^1], ==marked text==, H~2~O and :tada:.

> [!NOTE]
> Useful, with \`code\` and a [link](/x).

> [!TIP] Own title
> Helpful.

::: warning
Urgent.

:::: details Unfold
${longWord}
::::
:::

> [!IMPORTANT]
> Key information.

> [!CAUTION]
> Risky.

## Install {#install}

\`\`\`ts title="src/server.ts" {2}
import { serve } from "palimpsest";
/* marked */ const server = await serve({ port: 3000, name: "${longWord}" });
\`\`\`

| Left | Right |
| :--- | ----: |
| a | 1 |

- [ ] To do
  - [x] Done

Term
: Definition, again[^1].

[^1]: The note.
`;
const dialectArticle = new Article(parseArticle(dialectBody)).belowTitle("On-call", {
  resolveLink: linksBySlug(),
});

const headings = [
  { level: 2, id: "handing-over", text: "Handing over" },
  { level: 3, id: "by-telephone", text: "By telephone" },
  { level: 2, id: "when-the-alarm-is-wrong", text: "When the alarm is wrong" },
];

const shown: ShowPageProps = {
  id: "id",
  slug: "handbook/on-call",
  title: "On-call",
  version: 14,
  modifiedAt: "2026-03-03T10:20:30.000Z",
  modifiedBy: "Ada Lovelace",
  html: article,
  headings,
  editBase: "id.14",
};
const { editBase: _editBase, ...toReaders } = shown;

const rtl = `<h2 id="a">المقدمة</h2><p>هذه صفحة مكتوبة من اليمين إلى اليسار، مع <a href="/x">رابط</a> وكلمة English في الوسط.</p>
<ul><li>أولا</li><li>ثانيا</li></ul><p>A paragraph in English, among them.</p><pre tabindex="0"><code>const x = 1;</code></pre>
<blockquote><p>اقتباس</p></blockquote><h2 id="b">الخاتمة</h2><h2 id="c">المراجع</h2><p>نهاية.</p>`;

const listed = [
  { slug: "handbook/on-call", title: "On-call", modifiedAt: shown.modifiedAt, modifiedBy: "Ada Lovelace" },
  {
    slug: "runbooks/failover",
    title: "Database failover",
    modifiedAt: "2026-02-27T08:00:00Z",
    modifiedBy: "Grace Hopper",
  },
  { slug: "عربي/صفحة", title: "صفحة عن كل شيء", modifiedAt: "2026-02-26T08:00:00Z", modifiedBy: "سلمى" },
  { slug: longWord.toLowerCase(), title: longWord, modifiedAt: "2026-01-01T00:00:00Z", modifiedBy: longWord },
  { slug: "welcome", title: "Welcome", modifiedAt: "2025-12-01T00:00:00Z", modifiedBy: null },
] as const;
const [onCall, failover, arabic, long, welcome] = listed;

export { arabic, long, onCall };

const linking = listed.map(({ slug, title }) => ({ slug, title }));

const found: SearchProps = {
  q: "pager OR هاتف",
  hits: [
    {
      ...onCall,
      snippet: [
        { text: "Whoever carries the ", match: false },
        { text: "pager", match: true },
        {
          text: " answers within fifteen minutes. Nobody carries it for more than one week in four…",
          match: false,
        },
      ],
    },
    {
      ...arabic,
      snippet: [
        { text: "…من يحمل ", match: false },
        { text: "هاتف", match: true },
        { text: " المناوبة يجيب خلال خمس عشرة دقيقة…", match: false },
      ],
    },
    { ...long, snippet: [{ text: longWord, match: true }] },
    { ...welcome, snippet: [] },
  ],
  total: 1234,
  next: "/-/search?q=pager&cursor=20",
  mayCreate: false,
};
const nothingFound: SearchProps = { q: "leaving party", hits: [], total: 0, next: null, mayCreate: true };

const changes = [
  {
    page: onCall,
    kind: "body-updated",
    at: "2026-03-03T10:20:30Z",
    sizeDelta: 12,
    summary: "Said who is called at night",
  },
  { page: failover, kind: "title-updated", at: "2026-03-03T10:20:30Z", sizeDelta: 0, summary: null },
  { page: arabic, kind: "body-updated", at: "2026-03-03T00:01:00Z", sizeDelta: -3, summary: "لم يعد صحيحا" },
  { page: long, kind: "slug-updated", at: "2026-03-02T23:59:00Z", sizeDelta: 0, summary: longWord },
  { page: welcome, kind: "created", at: "2025-12-01T08:00:00Z", sizeDelta: 12_345, summary: null },
  {
    page: onCall,
    kind: "body-updated",
    at: "2025-12-01T07:00:00Z",
    sizeDelta: 0,
    summary: "One word for another",
  },
] as const;
const changed = changes.map(({ page, ...change }, index) => ({
  title: change.kind === "title-updated" ? page.title : null,
  slug: change.kind === "slug-updated" ? page.slug : null,
  files: null,
  of: null,
  ...change,
  version: 20 - index,
  page: { id: "id", slug: page.slug, title: page.title },
  by: page.modifiedBy === null ? null : { id: "person", name: page.modifiedBy },
  position: 100 - index,
}));
const filters = {
  person: { id: "person", name: longWord },
  page: { id: "id", title: "صفحة عن كل شيء" },
  kind: "restored",
} as const;

export const readingScreens: readonly Row[] = [
  ["show", { ...visitor }, showPage(toReaders)],
  ["show-dialect", visitor, showPage({ ...toReaders, ...dialectArticle })],
  [
    "show-editor",
    editor,
    showPage({ ...shown, notice: { kind: "saved", version: 14 }, backlinks: linking.slice(0, 2) }),
  ],
  [
    "show-empty",
    editor,
    showPage({
      ...shown,
      slug: "on-call",
      html: "",
      headings: [],
      version: 1,
      backlinks: linking.slice(0, 1),
    }),
  ],
  [
    "show-rtl",
    editor,
    showPage({
      ...shown,
      title: "صفحة عن كل شيء",
      slug: "عربي/صفحة",
      html: rtl,
      modifiedBy: "سلمى",
      backlinks: linking.slice(1, 3),
      headings: [
        { level: 2, id: "a", text: "المقدمة" },
        { level: 2, id: "b", text: "الخاتمة" },
        { level: 2, id: "c", text: "المراجع" },
      ],
    }),
  ],
  [
    "show-long",
    { ...editor, person: { name: longWord } },
    showPage({
      ...shown,
      slug: `${longWord}/${longWord}`,
      title: longWord,
      modifiedBy: longWord,
      html: `<h2 id="l">${longWord}</h2><p>${longWord} and <code>${longWord}</code></p><ul><li>${longWord}</li></ul>${article.replace("<th>Who", `<th>${longWord}`)}`,
      headings: [...headings, { level: 2, id: "l", text: longWord }],
      backlinks: linking,
      moreBacklinks: true,
    }),
  ],
  [
    "list",
    { ...editor, current: "pages" },
    listPages({ pages: listed, before: "17", continued: true, mayCreate: true, signedIn: true }),
  ],
  [
    "list-empty",
    { ...editor, current: "pages" },
    listPages({ pages: [], before: null, continued: false, mayCreate: true, signedIn: true }),
  ],
  [
    "list-empty-visitor",
    { ...visitor, current: "pages" },
    listPages({ pages: [], before: null, continued: false, mayCreate: false, signedIn: false }),
  ],
  ["missing", editor, missingPage({ slug: "handbook/leaving", mayCreate: true, signedIn: true })],
  ["missing-visitor", visitor, missingPage({ slug: longWord, mayCreate: false, signedIn: false })],
  ["missing-reader", visitor, missingPage({ slug: null, mayCreate: false, signedIn: true })],
];

export const searchAndListScreens: readonly Row[] = [
  ["search", { ...visitor, current: "search" }, searchScreen(found)],
  ["search-help", { ...editor, current: "search" }, searchScreen({ ...nothingFound, q: "" })],
  ["search-nothing", { ...editor, current: "search" }, searchScreen(nothingFound)],
  [
    "search-nothing-visitor",
    { ...visitor, current: "search" },
    searchScreen({ ...nothingFound, q: longWord, mayCreate: false }),
  ],
  ["search-end", { ...visitor, current: "search" }, searchScreen({ ...found, hits: [], next: null })],
  [
    "search-problem",
    { ...visitor, current: "search" },
    searchScreen({
      ...nothingFound,
      problem: errorText(
        "limit-exceeded",
        new LimitExceededError("characters of a search query", 1_200, 1_000),
      ),
    }),
  ],
  [
    "changes",
    { ...visitor, current: "changes" },
    changesScreen({ changes: changed, before: "95", continued: true }),
  ],
  [
    "changes-filtered",
    { ...visitor, current: "changes" },
    changesScreen({ changes: changed, before: null, filters }),
  ],
  ["changes-empty", { ...visitor, current: "changes" }, changesScreen({ changes: [], before: null })],
  [
    "changes-none-such",
    { ...visitor, current: "changes" },
    changesScreen({ changes: [], before: null, filters: { page: { id: "id", title: null } } }),
  ],
  [
    "wanted",
    editor,
    wantedScreen({
      pages: linking.map(({ slug }, index) => ({ slug, count: 5 - index })),
      next: "/-/wanted?cursor=50",
      mayCreate: true,
    }),
  ],
  ["wanted-empty", visitor, wantedScreen({ pages: [], next: null, mayCreate: false })],
  ["orphans", visitor, orphansScreen({ pages: linking, next: "/-/orphans?cursor=50" })],
  ["orphans-empty", visitor, orphansScreen({ pages: [], next: null })],
  ["backlinks", visitor, backlinksScreen({ ...onCall, pages: linking, next: "/-/links/x?cursor=50" })],
  ["backlinks-empty", visitor, backlinksScreen({ ...long, pages: [], next: null })],
];
