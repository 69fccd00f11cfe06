import type { ComponentChildren, VNode } from "preact";
import { addresses, useAddresses, useIsEarlierDate } from "../addresses.ts";
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
  readonly level: number;
  readonly id: string;
  readonly text: string;
};

export type ShowNotice =
  | { readonly kind: "created" | "unchanged" | "addressChanged" | "unarchived" }
  | { readonly kind: "saved" | "restored" | "undone"; readonly version: number }
  /** Saved as `version`, merged with the changes from version `base` to `current`. */
  | { readonly kind: "merged"; readonly base: number; readonly current: number; readonly version: number };

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
  /** A name, or null if the person is unknown. */
  readonly modifiedBy: string | null;
  /** The body as safe HTML; empty for an empty body. */
  readonly html: string;
  readonly headings: readonly Heading[];
  /** Present if the reader may edit: the version token that the archive form submits as `base`. */
  readonly editBase?: string;
  readonly notice?: ShowNotice;
  readonly former?: FormerPage;
  /** The first pages that link to this page. */
  readonly backlinks?: readonly LinkingPage[];
  readonly moreBacklinks?: boolean;
};

export function showPage(props: ShowPageProps): Screen {
  return { title: props.title, body: <ShownPage {...props} />, script: "newer-version.js" };
}

function ShownPage(props: ShowPageProps): VNode {
  const { id, slug, title, notice, former, backlinks = [], moreBacklinks = false } = props;
  const { html, headings, titleId } = withoutRepeatedTitle(props);
  const isEarlier = useIsEarlierDate();
  return (
    <MainPart shape="reading">
      <div class="notices">
        {notice !== undefined && <ShownNotice id={id} notice={notice} />}
        {former !== undefined && <FormerPageNotice former={former} slug={slug} />}
        {!isEarlier && <NewerVersion page={props} />}
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

/** The former page of this address, which an old link may have meant. */
function FormerPageNotice({ former, slug }: { former: FormerPage; slug: string }): VNode {
  const addressesAtDate = useAddresses();
  const isEarlier = useIsEarlierDate();
  const title = <bdi>{former.title}</bdi>;
  const href = former.archived ? addresses.pageById(former.id) : addressesAtDate.page(former.slug);
  const { formerPage, formerPageArchived, formerPageArchivedEarlier } = strings.page;
  const text = !former.archived ? formerPage : isEarlier ? formerPageArchivedEarlier : formerPageArchived;
  return (
    <aside class="notice" aria-label={strings.page.aboutAddress}>
      {text(isEarlier && former.archived ? title : <a href={href}>{title}</a>)}{" "}
      {!isEarlier && <a href={addresses.slugHistory(slug)}>{strings.common.addressHistory}</a>}
    </aside>
  );
}

function Byline(props: ShowPageProps): VNode {
  const { id, slug, version, modifiedAt, modifiedBy, editBase } = props;
  return (
    <div class="byline">
      <p>{strings.page.versionSaved(version, <Time at={modifiedAt} />, <By name={modifiedBy} />)}</p>
      {!useIsEarlierDate() && (
        <div class="actions">
          {editBase !== undefined && (
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
          {editBase !== undefined && <Archive id={id} base={editBase} />}
        </div>
      )}
    </div>
  );
}

/** The form for archiving, which opens on request so that a page is not archived by mistake. */
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

/** The table of contents; null for fewer than three headings. */
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

function EmptyBody({ slug, editBase }: ShowPageProps): VNode {
  return (
    <p class="empty">
      {useIsEarlierDate() ? strings.common.emptyPageEarlier : strings.common.emptyPage}{" "}
      {editBase !== undefined && <a href={addresses.editPage(slug)}>{strings.common.editPage}</a>}
    </p>
  );
}

type ShownBody = Pick<ShowPageProps, "html" | "headings"> & { readonly titleId?: string | undefined };

/** Returns the body without a first heading that repeats the page's title. */
function withoutRepeatedTitle({ html, headings, title }: ShowPageProps): ShownBody {
  const [first, ...others] = headings;
  const opening = /^\s*<h1\b[^>]*>[\s\S]*?<\/h1>\s*/.exec(html);
  if (opening === null || first?.level !== 1 || first.text.trim() !== title.trim()) return { html, headings };
  return { html: html.slice(opening[0].length), headings: others, titleId: first.id };
}
