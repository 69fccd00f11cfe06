import type { ComponentChildren, VNode } from "preact";
import { addresses, useAddresses, useIsPast } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { SummaryField } from "../parts/field.tsx";
import type { LinkingPage } from "../parts/page-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Notice, Prose } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";
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
  | { readonly kind: "created" | "unchanged" | "addressChanged" | "unarchived" }
  | { readonly kind: "saved" | "restored" | "undone"; readonly version: number }
  /** Saved as `version`, merged with the changes from version `base` to `current`. */
  | { readonly kind: "merged"; readonly base: number; readonly current: number; readonly version: number };

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
  return <Notice>{noticeText(id, notice)}</Notice>;
}

function noticeText(id: string, notice: ShowNotice): ComponentChildren {
  switch (notice.kind) {
    case "saved":
    case "restored":
    case "undone":
      return strings.page[notice.kind](notice.version);
    case "merged": {
      const { base, current, version } = notice;
      return strings.page.merged(
        version,
        (words) => <a href={addresses.diff(id, base, current)}>{words}</a>,
        (words) => <a href={addresses.diff(id, current, version)}>{words}</a>,
      );
    }
    default:
      return strings.page[notice.kind];
  }
}

/** The address of an old link, or of a memory, may have meant another page. */
function FormerPageNotice({ former, slug }: { former: FormerPage; slug: string }): VNode {
  const then = useAddresses();
  const past = useIsPast();
  const title = <bdi>{former.title}</bdi>;
  const href = former.archived ? addresses.pageById(former.id) : then.page(former.slug);
  const { formerPage, formerPageArchived, formerPageArchivedEarlier } = strings.page;
  const text = !former.archived ? formerPage : past ? formerPageArchivedEarlier : formerPageArchived;
  return (
    <aside class="notice" aria-label={strings.page.aboutAddress}>
      {text(past && former.archived ? title : <a href={href}>{title}</a>)}{" "}
      {!past && <a href={addresses.slugHistory(slug)}>{strings.common.addressHistory}</a>}
    </aside>
  );
}

function Byline(props: ShowPageProps): VNode {
  const { id, slug, version, modifiedAt, modifiedBy, editing } = props;
  return (
    <div class="byline">
      <p>{strings.page.versionSaved(version, <Time at={modifiedAt} />, <By name={modifiedBy} />)}</p>
      {!useIsPast() && (
        <div class="actions">
          {editing !== undefined && (
            <>
              <a class="button main" href={addresses.editPage(slug)}>
                {strings.page.edit}
              </a>
              <a class="button plain" href={addresses.renamePage(slug)}>
                {strings.page.changeAddress}
              </a>
            </>
          )}
          <a class="button plain" href={addresses.history(id)}>
            {strings.common.history}
          </a>
          <a class="button plain" href={addresses.authorship(id)}>
            {strings.common.authors}
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
      <summary class="button plain">{strings.page.archive}</summary>
      <form class="form" method="post" action={addresses.archive(id)}>
        <p>{strings.page.aboutArchiving}</p>
        <input type="hidden" name="base" value={base} />
        <SummaryField />
        <div class="actions">
          <button class="button undoing" type="submit">
            {strings.page.archivePage}
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
      <h2 id="-contents">{strings.page.onThisPage}</h2>
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
      {useIsPast() ? strings.common.emptyPageEarlier : strings.common.emptyPage}{" "}
      {editing !== undefined && <a href={addresses.editPage(slug)}>{strings.common.editPage}</a>}
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
