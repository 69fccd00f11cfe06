import type { VNode } from "preact";
import { addresses, useAddresses, useIsPast } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { SummaryField } from "../parts/field.tsx";
import type { LinkingPage } from "../parts/page-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Notice, Prose } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { LinkedFrom } from "./linked-from.tsx";
import { NewerVersion } from "./newer-version.tsx";

type Heading = {
  /** 1 to 6. */
  readonly level: number;
  readonly id: string;
  readonly text: string;
};

/** What has just happened to the page that is shown. */
export type ShowNotice =
  | keyof typeof notices
  /** It was saved as `version`, which joins it with what was done from version `base` to `current`. */
  | { readonly merged: { readonly base: number; readonly current: number; readonly version: number } };

/** A page whose address was this one before. */
type FormerPage = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly archived: boolean;
};

export type ShowPageProps = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly version: number;
  /** ISO 8601. */
  readonly modifiedAt: string;
  /** A name, or null if nobody by that id is known. */
  readonly modifiedBy: string | null;
  /** The body as safe HTML; empty for an empty body. */
  readonly html: string;
  readonly headings: readonly Heading[];
  /** For whoever may change the page: what the form that archives it posts. */
  readonly editing?: { readonly base: string };
  readonly notice?: ShowNotice;
  /** The page that had this address before, if another had. */
  readonly former?: FormerPage;
  /** Pages that link here, or the first of them; none unless said. */
  readonly backlinks?: readonly LinkingPage[];
  /** Whether there are more of them than `backlinks` has. */
  readonly moreBacklinks?: boolean;
};

const notices = {
  created: "The page is there.",
  saved: "Saved. The version before is kept.",
  unchanged: "Nothing changed, so there is no new version.",
  renamed: "The page has a new address. The old one leads here.",
  restored: "The earlier version is restored. What it replaced is kept.",
  undone: "The edit is undone. What was changed later is kept.",
  unarchived: "The page is back.",
} as const;

/** A page, to read. */
export function showPage(props: ShowPageProps): Screen {
  return { title: props.title, body: <ShownPage {...props} />, script: "newer-version.js" };
}

function ShownPage(props: ShowPageProps): VNode {
  const { id, slug, title, notice, former, backlinks = [], moreBacklinks = false } = props;
  const { html, headings, titleId } = withoutRepeatedTitle(props);
  const past = useIsPast();
  return (
    <MainPart shape="reading">
      <div class="notices">
        {notice !== undefined && <ShownNotice id={id} notice={notice} />}
        {former !== undefined && <FormerPageNotice former={former} slug={slug} />}
        {!past && <NewerVersion page={props} />}
      </div>
      <header class="page-head">
        <Crumbs slug={slug} />
        <h1 dir="auto" id={titleId}>
          {title}
        </h1>
        <Byline {...props} />
      </header>
      <Contents headings={headings} />
      {html.trim() === "" ? <EmptyBody {...props} /> : <Prose html={html} />}
      <LinkedFrom slug={slug} pages={backlinks} more={moreBacklinks} />
    </MainPart>
  );
}

function ShownNotice({ id, notice }: { id: string; notice: ShowNotice }): VNode {
  if (typeof notice === "string") return <Notice>{notices[notice]}</Notice>;
  const { base, current, version } = notice.merged;
  return (
    <Notice>
      Saved, and merged with what others wrote meanwhile:{" "}
      <a href={addresses.diff(id, base, current)}>see their changes</a>,{" "}
      <a href={addresses.diff(id, current, version)}>see yours</a>.
    </Notice>
  );
}

/** The address of an old link, or of a memory, may have meant another page. */
function FormerPageNotice({ former, slug }: { former: FormerPage; slug: string }): VNode {
  const then = useAddresses();
  const past = useIsPast();
  const title = <bdi>{former.title}</bdi>;
  const href = former.archived ? addresses.pageById(former.id) : then.page(former.slug);
  return (
    <aside class="notice" aria-label="About this address">
      This address used to lead to {past && former.archived ? title : <a href={href}>{title}</a>}
      {former.archived && (past ? ", which was archived" : ", which is archived")}.{" "}
      {!past && <a href={addresses.slugHistory(slug)}>History of the address</a>}
    </aside>
  );
}

function Byline(props: ShowPageProps): VNode {
  const { id, slug, version, modifiedAt, modifiedBy, editing } = props;
  return (
    <div class="byline">
      <p>
        Version {version}, <Time at={modifiedAt} /> <By name={modifiedBy} />
      </p>
      {!useIsPast() && (
        <div class="actions">
          {editing !== undefined && (
            <>
              <a class="button main" href={addresses.editPage(slug)}>
                Edit
              </a>
              <a class="button plain" href={addresses.renamePage(slug)}>
                Rename
              </a>
            </>
          )}
          <a class="button plain" href={addresses.history(id)}>
            History
          </a>
          <a class="button plain" href={addresses.authorship(id)}>
            Authorship
          </a>
          {editing !== undefined && <Archive id={id} {...editing} />}
        </div>
      )}
    </div>
  );
}

/** Archiving takes two steps, as it takes a page from its readers. */
function Archive({ id, base }: { id: string; base: string }): VNode {
  return (
    <details class="unfolding">
      <summary class="button plain">Archive</summary>
      <form class="form" method="post" action={addresses.archive(id)}>
        <p>
          The page leaves the lists and the search, and its address becomes free. Nothing of its record is
          lost, and it can be brought back.
        </p>
        <input type="hidden" name="base" value={base} />
        <SummaryField />
        <div class="actions">
          <button class="button undoing" type="submit">
            Archive the page
          </button>
        </div>
      </form>
    </details>
  );
}

/** The table of contents: of two headings a reader needs none. */
function Contents({ headings }: { headings: readonly Heading[] }): VNode | null {
  if (headings.length < 3) return null;
  const top = Math.min(...headings.map(({ level }) => level));
  return (
    <nav class="contents" aria-labelledby="-contents">
      <h2 id="-contents">On this page</h2>
      <ol>
        {headings
          .filter(({ level }) => level <= top + 1)
          .map(({ level, id, text }) => (
            <li key={id} class={level === top ? undefined : "deeper"}>
              <a href={`#${id}`} dir="auto">
                {text}
              </a>
            </li>
          ))}
      </ol>
    </nav>
  );
}

function EmptyBody({ slug, editing }: ShowPageProps): VNode {
  return (
    <p class="empty">
      {useIsPast() ? "Nothing was written here yet." : "Nothing is written here yet."}{" "}
      {editing !== undefined && <a href={addresses.editPage(slug)}>Write the first sentence</a>}
    </p>
  );
}

type Text = Pick<ShowPageProps, "html" | "headings"> & { readonly titleId?: string | undefined };

/** A body that begins with the page's title as a heading would show it twice: once is enough. */
function withoutRepeatedTitle({ html, headings, title }: ShowPageProps): Text {
  const [first, ...others] = headings;
  const opening = /^\s*<h1\b[^>]*>[\s\S]*?<\/h1>\s*/.exec(html);
  if (opening === null || first?.level !== 1 || first.text.trim() !== title.trim()) return { html, headings };
  return { html: html.slice(opening[0].length), headings: others, titleId: first.id };
}
