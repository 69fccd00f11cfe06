import type { VNode } from "preact";
import type { FormDraft } from "../../application/draft-rules.ts";
import { addresses } from "../addresses.ts";
import { DiscardDraft } from "../forms/draft-notice.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Notice } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";

type DraftedPage = {
  readonly id: string;
  readonly slug: string;
  readonly archived: boolean;
  readonly baseVersion: number;
  readonly version: number;
};

type ListedDraft = {
  readonly title: string;
  /** ISO 8601. */
  readonly savedAt: string;
  /** Empty for the draft without an id. */
  readonly id: string;
  readonly draft: FormDraft;
  /** Null for a new page. The slug is null if the page does not exist any more. */
  readonly page: DraftedPage | { readonly id: string; readonly slug: null } | null;
};

export type DraftsProps = {
  readonly drafts: readonly ListedDraft[];
  /** `written-since`: the draft was not deleted, since another window changed it. */
  readonly notice?: "discarded" | "written-since";
};

export function draftsScreen(props: DraftsProps): Screen {
  return { title: strings.drafts.heading, body: <Drafts {...props} /> };
}

function Drafts({ drafts, notice }: DraftsProps): VNode {
  return (
    <MainPart>
      {notice === "discarded" && <Notice>{strings.drafts.deleted}</Notice>}
      {notice === "written-since" && <Notice>{strings.drafts.notDeleted}</Notice>}
      <h1>{strings.drafts.heading}</h1>
      <p class="lede">{strings.drafts.about}</p>
      {drafts.length === 0 ? (
        <p class="count">{strings.drafts.none}</p>
      ) : (
        <ul class="pages drafts">
          {drafts.map((draft) => (
            <DraftRow key={`${draft.page?.id} ${draft.id}`} draft={draft} />
          ))}
        </ul>
      )}
    </MainPart>
  );
}

function DraftRow({ draft }: { draft: ListedDraft }): VNode {
  const { page, savedAt } = draft;
  const title = draft.title.trim() === "" ? strings.common.untitled : draft.title;
  return (
    <li>
      <a class="title" dir="auto" href={placeOf(draft)}>
        {title}
      </a>
      <p class="slug" dir="auto">
        {page === null
          ? strings.common.newPage
          : page.slug === null
            ? strings.drafts.pageGone
            : `/${page.slug}`}
      </p>
      <p class="change">{strings.drafts.savedAt(<Time at={savedAt} />)}</p>
      <div class="draft-row">
        <p>{page !== null && <State {...page} />}</p>
        <DiscardDraft
          pageId={page?.id ?? null}
          draft={draft.draft}
          returnTo={addresses.drafts}
          label={strings.drafts.deleteOf(title)}
        />
      </div>
    </li>
  );
}

function placeOf({ id, page }: ListedDraft): string {
  if (page === null) return addresses.newPage(undefined, id);
  if (page.slug === null) return addresses.draft(page.id, id);
  return page.archived ? addresses.draft(page.id, id) : addresses.editPage(page.slug, id);
}

function State(page: NonNullable<ListedDraft["page"]>): VNode {
  if (page.slug === null) return <>{strings.drafts.pageMissingHint}</>;
  const { id, archived, baseVersion, version } = page;
  if (archived) return <>{strings.drafts.pageArchivedHint}</>;
  if (baseVersion === version) return <>{strings.drafts.fromCurrent(version)}</>;
  if (baseVersion > version) {
    return <>{strings.drafts.fromMissing(baseVersion, version)}</>;
  }
  return (
    <>
      {strings.drafts.fromOlder(baseVersion, version)}{" "}
      <a href={addresses.diff(id, baseVersion, version)}>{strings.common.seeChanges}</a>
    </>
  );
}
