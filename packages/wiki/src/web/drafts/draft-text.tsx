import type { VNode } from "preact";
import type { FormDraft } from "../../application/draft-rules.ts";
import { addresses } from "../addresses.ts";
import { DiscardDraft } from "../forms/draft-notice.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";

export type DraftTextProps = {
  /** Without a slug, one that is not there any more. */
  readonly page: { readonly id: string; readonly slug: string | null; readonly archived: boolean };
  readonly title: string;
  readonly body: string;
  readonly summary: string;
  /** Empty for the one that was kept without an id. */
  readonly id: string;
  /** For the form that discards it. */
  readonly draft: FormDraft;
  /** ISO 8601. */
  readonly keptAt: string;
};

/** A draft to read and copy, whatever became of its page. */
export function draftText(props: DraftTextProps): Screen {
  return { title: strings.drafts.titleOf(props.title), body: <DraftText {...props} /> };
}

function DraftText({ page, title, body, summary, id, draft, keptAt }: DraftTextProps): VNode {
  return (
    <MainPart>
      <h1 dir="auto">{title.trim() === "" ? strings.common.untitled : title}</h1>
      <p class="lede">
        {strings.drafts.saved(<Time at={keptAt} form="moment" />)}{" "}
        {page.archived ? (
          strings.drafts.archived((words) => <a href={addresses.pageById(page.id)}>{words}</a>)
        ) : page.slug === null ? (
          strings.drafts.gone
        ) : (
          <a href={addresses.editPage(page.slug, id)}>{strings.drafts.continue}</a>
        )}
      </p>
      {summary !== "" && (
        <p class="muted" dir="auto">
          {summary}
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <pre class="source draft-text" dir="auto" tabIndex={0}>
        {`\n${body}`}
      </pre>
      <DiscardDraft pageId={page.id} draft={draft} returnTo={addresses.drafts} />
    </MainPart>
  );
}
