import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import { Field, SummaryField } from "../parts/field.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Notice, Prose } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import type { Archiving } from "./archiving.ts";

export type ArchivedPageProps = {
  readonly id: string;
  /** The one it had. */
  readonly slug: string;
  readonly title: string;
  readonly version: number;
  /** The body as safe HTML; empty for an empty body. */
  readonly html: string;
  readonly archiving: Archiving;
  /** For whoever may bring the page back: what the form posts. */
  readonly editing?: { readonly base: string };
  /** The page that has its address now, if one has. */
  readonly successor?: { readonly slug: string; readonly title: string };
  /** Whether it was archived just now. */
  readonly justArchived?: boolean;
};

/** A page that left the wiki, as it was, with the way to bring it back. */
export function archivedPage(props: ArchivedPageProps): Screen {
  return { title: `Archived: ${props.title}`, body: <ArchivedPage {...props} /> };
}

function ArchivedPage(props: ArchivedPageProps): VNode {
  const { id, slug, title, version, html, archiving, editing, justArchived = false } = props;
  return (
    <MainPart>
      {justArchived && <Notice>The page is archived. Its record is kept.</Notice>}
      <header class="page-head">
        <p class="crumbs">Archived page</p>
        <h1 dir="auto">{title}</h1>
        <div class="byline">
          <p>
            Archived on <Time at={archiving.at} /> <By name={archiving.by} />, as version {version}
          </p>
          <div class="actions">
            <a class="button plain" href={addresses.history(id)}>
              History
            </a>
            <a class="button plain" href={addresses.authorship(id)}>
              Authorship
            </a>
          </div>
        </div>
        {archiving.summary !== null && (
          <p class="lede" dir="auto">
            {archiving.summary}
          </p>
        )}
        <p class="aside">
          Its address was <code dir="auto">/{slug}</code>
          <Successor {...props} />. <a href={addresses.slugHistory(slug)}>History of the address</a>
        </p>
      </header>
      {editing !== undefined && <BringBack {...props} {...editing} />}
      {html.trim() === "" ? <p class="empty">Nothing was written here.</p> : <Prose html={html} />}
    </MainPart>
  );
}

function Successor({ successor }: ArchivedPageProps): VNode | null {
  if (successor === undefined) return null;
  return (
    <>
      , which leads to{" "}
      <a href={addresses.page(successor.slug)}>
        <bdi>{successor.title}</bdi>
      </a>{" "}
      now
    </>
  );
}

type BringBackProps = Pick<ArchivedPageProps, "id" | "slug" | "successor"> & {
  readonly base: string;
};

function BringBack({ id, slug, successor, base }: BringBackProps): VNode {
  const taken = successor !== undefined;
  return (
    <details class="unfolding">
      <summary class="button">Bring back</summary>
      <form class="form" method="post" action={addresses.unarchive(id)}>
        <input type="hidden" name="base" value={base} />
        <Field
          name="slug"
          label="Address"
          value={taken ? "" : slug}
          hint={
            taken
              ? `Another page has /${slug} now: choose another address for this one.`
              : "The one it had, or another: letters, digits and hyphens, with a / below another page."
          }
          spellCheck={false}
        />
        <SummaryField />
        <div class="actions">
          <button class="button main" type="submit">
            Bring back
          </button>
        </div>
      </form>
    </details>
  );
}
