import type { VNode } from "preact";
import type { FormDraft } from "../../application/draft-rules.ts";
import { addresses } from "../addresses.ts";
import { Notice } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";
import { DraftFields } from "./draft-fields.tsx";

/** The versions of a page after the base of a draft. */
export interface NewerVersions {
  readonly base: number;
  readonly current: number;
  /** The names of their authors, latest first. */
  readonly by: readonly string[];
  /** Whether saving the draft leads to a conflict. */
  readonly conflicts: boolean;
  /** Whether the draft resolves a conflict with version `base`. */
  readonly isResolving?: boolean;
}

export type DraftNoticeProps = {
  /** Null for a new page. */
  readonly pageId: string | null;
  /** ISO 8601. */
  readonly savedAt: string;
  /** Where the form that deletes the draft redirects to. */
  readonly returnTo: string;
  readonly newerVersions?: NewerVersions;
  readonly draft: FormDraft;
  readonly others?: number;
};

/** The notice above a form that is filled with a draft. */
export function DraftNotice(props: DraftNoticeProps): VNode {
  const { pageId, savedAt, returnTo, newerVersions, draft, others = 0 } = props;
  return (
    <Notice>
      <div class="draft-notice">
        <p>
          {strings.drafts.editing(<Time at={savedAt} form="moment" />)}{" "}
          {others > 0 && `${strings.drafts.otherDrafts(others)} `}
          <a href={addresses.drafts}>{strings.drafts.heading}</a>
        </p>
        <DiscardDraft pageId={pageId} draft={draft} returnTo={returnTo} />
      </div>
      {newerVersions !== undefined && pageId !== null && (
        <NewerVersionsNote pageId={pageId} {...newerVersions} />
      )}
    </Notice>
  );
}

type DiscardProps = Pick<DraftNoticeProps, "pageId" | "draft" | "returnTo"> & {
  /** Distinguishes the buttons of several drafts. */
  readonly label?: string;
};

/** The form that deletes a draft and the one that its form stored since. */
export function DiscardDraft({ pageId, draft, returnTo, label }: DiscardProps): VNode {
  return (
    <form method="post" action={addresses.discardDraft}>
      <input type="hidden" name="page" value={pageId ?? ""} />
      <DraftFields draft={draft} />
      <input type="hidden" name="return" value={returnTo} />
      <button class="button plain undoing" type="submit" aria-label={label}>
        {strings.drafts.delete}
      </button>
    </form>
  );
}

function NewerVersionsNote(props: NewerVersions & { pageId: string }): VNode {
  const { pageId, base, current, by, conflicts, isResolving = false } = props;
  const text = isResolving ? strings.drafts.newerVersionsWhileResolving : strings.drafts.newerVersions;
  return (
    <p>
      {text(
        by.map((name) => <bdi key={name}>{name}</bdi>),
        base,
        current,
      )}{" "}
      {conflicts ? strings.drafts.conflicts : strings.common.mergedWhenSaved}{" "}
      <a href={addresses.diff(pageId, base, current)}>{strings.common.seeChanges}</a>
    </p>
  );
}
