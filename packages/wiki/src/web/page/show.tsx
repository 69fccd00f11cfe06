import type { ComponentChildren, VNode } from "preact";
import { apiRoutes } from "../../http/routes.ts";
import { addresses, useAddresses, useIsEarlierDate } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { SummaryField } from "../parts/field.tsx";
import type { LinkingPage } from "../parts/page-list.tsx";
import { type Heading, PageText } from "../parts/page-text.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Notice } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { UploadArea } from "../parts/upload-area.tsx";
import { strings } from "../strings/strings.ts";
import { LinkedFrom } from "./linked-from.tsx";
import { NewerVersion } from "./newer-version.tsx";

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
  /** The id of the heading that the title replaces. */
  readonly titleId?: string;
  /** Present if the reader may edit: the version token that the archive form submits as `base`. */
  readonly editBase?: string;
  readonly notice?: ShowNotice;
  readonly former?: FormerPage;
  /** The number of its files. */
  readonly files?: number;
  /** The first pages that link to this page. */
  readonly backlinks?: readonly LinkingPage[];
  readonly moreBacklinks?: boolean;
};

export function showPage(props: ShowPageProps): Screen {
  return { title: props.title, body: <ShownPage {...props} />, script: "page.js" };
}

function ShownPage(props: ShowPageProps): VNode {
  const { id, slug, title, titleId, html, notice, former, backlinks = [], moreBacklinks = false } = props;
  const isEarlier = useIsEarlierDate();
  return (
    <MainPart shape="reading">
      <div class="notices">
        {notice !== undefined && <ShownNotice id={id} notice={notice} />}
        {former !== undefined && <FormerPageNotice former={former} slug={slug} />}
        {!isEarlier && <NewerVersion page={props} />}
        {!isEarlier && props.editBase !== undefined && (
          <UploadArea address={apiRoutes.filesOfPageById(id)} then={addresses.filesOfPage(id)} />
        )}
      </div>
      <header class="page-head">
        <Crumbs slug={slug} />
        <h1 dir="auto" id={titleId}>
          {title}
        </h1>
        <Byline {...props} />
      </header>
      {html.trim() === "" ? <EmptyBody {...props} /> : <PageText {...props} />}
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
  const { id, slug, version, modifiedAt, modifiedBy, editBase, files = 0 } = props;
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
          {(editBase !== undefined || files > 0) && (
            <a class="button plain" href={addresses.filesOfPage(id)}>
              {strings.files.buttonWithCount(files)}
            </a>
          )}
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

function EmptyBody({ slug, editBase }: ShowPageProps): VNode {
  return (
    <p class="empty">
      {useIsEarlierDate() ? strings.common.emptyPageEarlier : strings.common.emptyPage}{" "}
      {editBase !== undefined && <a href={addresses.editPage(slug)}>{strings.common.editPage}</a>}
    </p>
  );
}
