import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { CsrfField } from "../csrf-field.tsx";
import { Notice } from "../notice.tsx";
import { KeptAt } from "./kept-at.tsx";
import type { MovedOn } from "./opened-draft.ts";

export type DraftNoticeProps = {
  readonly csrf: string;
  /** Null for a page that is not there yet. */
  readonly pageId: string | null;
  /** ISO 8601. */
  readonly keptAt: string;
  /** Where to go on when it was discarded. */
  readonly returnTo: string;
  readonly movedOn?: MovedOn;
};

/** Says above a form that it shows a draft, of when, and what became of the page meanwhile. */
export function DraftNotice({ csrf, pageId, keptAt, returnTo, movedOn }: DraftNoticeProps): VNode {
  return (
    <Notice>
      <div class="draft-notice">
        <p>
          This is your draft, kept <KeptAt at={keptAt} />. It is not saved yet.{" "}
          <a href={addresses.drafts}>All your drafts</a>
        </p>
        <DiscardDraft csrf={csrf} pageId={pageId} returnTo={returnTo} />
      </div>
      {movedOn !== undefined && pageId !== null && <WhatMovedOn pageId={pageId} {...movedOn} />}
    </Notice>
  );
}

type DiscardProps = Pick<DraftNoticeProps, "csrf" | "pageId" | "returnTo"> & {
  /** Which one, where there are several. */
  readonly label?: string;
};

export function DiscardDraft({ csrf, pageId, returnTo, label }: DiscardProps): VNode {
  return (
    <form method="post" action={addresses.discardDraft}>
      <CsrfField csrf={csrf} />
      <input type="hidden" name="page" value={pageId ?? ""} />
      <input type="hidden" name="return" value={returnTo} />
      <button class="button plain undoing" type="submit" aria-label={label}>
        Discard
      </button>
    </form>
  );
}

function WhatMovedOn({ pageId, base, current, by, conflicts }: MovedOn & { pageId: string }): VNode {
  return (
    <p>
      You began with version {base}; the page is at version {current} now
      {by.map((name, index) => (
        <span key={name}>
          {index === 0 ? ", by " : index === by.length - 1 ? " and " : ", "}
          <bdi>{name}</bdi>
        </span>
      ))}
      . <a href={addresses.diff(pageId, base, current)}>What changed</a>.{" "}
      {conflicts
        ? "Some of it is what you changed, too: saving shows you both, to settle place by place."
        : "Saving puts both together."}
    </p>
  );
}
