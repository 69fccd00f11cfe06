import type { VNode } from "preact";
import type { FormDraft } from "../../application/draft-rules.ts";
import { addresses } from "../addresses.ts";
import { Notice } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";
import { DraftFields } from "./draft-fields.tsx";

/** What others did to a page since a draft of it began. */
export interface MovedOn {
  readonly base: number;
  readonly current: number;
  /** Who made the versions between them, the latest first. */
  readonly by: readonly string[];
  /** Whether both changed the same, so that saving has to ask. */
  readonly conflicts: boolean;
  /** Whether the draft met the version `base`, and settles the conflict with it. */
  readonly isResolving?: boolean;
}

export type DraftNoticeProps = {
  /** Null for a page that is not there yet. */
  readonly pageId: string | null;
  /** ISO 8601. */
  readonly keptAt: string;
  /** Where to go on when it was discarded. */
  readonly returnTo: string;
  readonly movedOn?: MovedOn;
  readonly draft: FormDraft;
  /** How many other drafts of the page there are. */
  readonly others?: number;
};

/** Says above a form that it shows a draft, of when, and what became of the page meanwhile. */
export function DraftNotice(props: DraftNoticeProps): VNode {
  const { pageId, keptAt, returnTo, movedOn, draft, others = 0 } = props;
  return (
    <Notice>
      <div class="draft-notice">
        <p>
          {strings.drafts.editing(<Time at={keptAt} form="moment" />)}{" "}
          {others > 0 && `${strings.drafts.others(others)} `}
          <a href={addresses.drafts}>{strings.drafts.heading}</a>
        </p>
        <DiscardDraft pageId={pageId} draft={draft} returnTo={returnTo} />
      </div>
      {movedOn !== undefined && pageId !== null && <WhatMovedOn pageId={pageId} {...movedOn} />}
    </Notice>
  );
}

type DiscardProps = Pick<DraftNoticeProps, "pageId" | "draft" | "returnTo"> & {
  /** Which one, where there are several. */
  readonly label?: string;
};

/** Forgets a draft as it is shown, and what was typed into its form since. */
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

function WhatMovedOn(props: MovedOn & { pageId: string }): VNode {
  const { pageId, base, current, by, conflicts, isResolving = false } = props;
  const text = isResolving ? strings.drafts.newerVersionsWhileResolving : strings.drafts.newerVersions;
  return (
    <p>
      {text(
        by.map((name) => <bdi key={name}>{name}</bdi>),
        base,
        current,
      )}{" "}
      {conflicts ? strings.drafts.conflicts : strings.drafts.mergedWhenSaved}{" "}
      <a href={addresses.diff(pageId, base, current)}>{strings.common.seeChanges}</a>
    </p>
  );
}
