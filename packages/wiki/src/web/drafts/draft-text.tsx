import type { VNode } from "preact";
import type { FormDraft } from "../../application/draft-rules.ts";
import { addresses } from "../addresses.ts";
import { DiscardDraft } from "../forms/draft-notice.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";

export type DraftTextProps = {
  /** The slug is null if the page does not exist. */
  readonly page: { readonly id: string; readonly slug: string | null; readonly archived: boolean };
  readonly title: string;
  readonly body: string;
  readonly summary: string;
  /** Empty for the draft without an id. */
  readonly id: string;
  readonly draft: FormDraft;
  /** ISO 8601. */
  readonly savedAt: string;
};

/** The text of a draft to read and copy, even if its page is archived or does not exist. */
export function draftText(props: DraftTextProps): Screen {
  return { title: strings.drafts.titleOf(props.title), body: <DraftText {...props} /> };
}

function DraftText({ page, title, body, summary, id, draft, savedAt }: DraftTextProps): VNode {
  return (
    <MainPart>
      <h1 dir="auto">{title.trim() === "" ? strings.common.untitled : title}</h1>
      <p class="lede">
        {strings.drafts.saved(<Time at={savedAt} form="moment" />)}{" "}
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable element must be focusable */}
      <pre class="source draft-text" dir="auto" tabIndex={0}>
        {`\n${body}`}
      </pre>
      <DiscardDraft pageId={page.id} draft={draft} returnTo={addresses.drafts} />
    </MainPart>
  );
}
