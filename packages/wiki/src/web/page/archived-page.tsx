import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import { Field, SummaryField } from "../parts/field.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Notice, Prose } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";
import type { Archiving } from "./archiving.ts";

export type ArchivedPageProps = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly version: number;
  /** The body as safe HTML; empty for an empty body. */
  readonly html: string;
  readonly archiving: Archiving;
  /** Present if the reader may unarchive the page: the version token that the form submits as `base`. */
  readonly editBase?: string;
  readonly successor?: { readonly slug: string; readonly title: string };
  readonly justArchived?: boolean;
};

/** An archived page with the form that unarchives it. */
export function archivedPage(props: ArchivedPageProps): Screen {
  return { title: strings.missing.archivedTitle(props.title), body: <ArchivedPage {...props} /> };
}

function ArchivedPage(props: ArchivedPageProps): VNode {
  const { id, slug, title, version, html, archiving, editBase, justArchived = false } = props;
  return (
    <MainPart>
      {justArchived && <Notice>{strings.page.archived}</Notice>}
      <header class="page-head">
        <p class="crumbs">{strings.archivedPage.kind}</p>
        <h1 dir="auto">{title}</h1>
        <div class="byline">
          <p>
            {strings.archivedPage.archived(<Time at={archiving.at} />, <By name={archiving.by} />, version)}
          </p>
          <div class="actions">
            <a class="button plain" href={addresses.history(id)}>
              {strings.common.history}
            </a>
            <a class="button plain" href={addresses.authorship(id)}>
              {strings.common.authors}
            </a>
          </div>
        </div>
        {archiving.summary !== null && (
          <p class="lede" dir="auto">
            {archiving.summary}
          </p>
        )}
        <p class="aside">
          <FormerAddress {...props} />{" "}
          <a href={addresses.slugHistory(slug)}>{strings.common.addressHistory}</a>
        </p>
      </header>
      {editBase !== undefined && <Unarchive {...props} base={editBase} />}
      {html.trim() === "" ? <p class="empty">{strings.common.emptyPage}</p> : <Prose html={html} />}
    </MainPart>
  );
}

function FormerAddress({ slug, successor }: ArchivedPageProps): VNode {
  const address = <code dir="auto">/{slug}</code>;
  if (successor === undefined) return strings.archivedPage.address(address);
  return strings.archivedPage.addressReused(
    address,
    <a href={addresses.page(successor.slug)}>
      <bdi>{successor.title}</bdi>
    </a>,
  );
}

type UnarchiveProps = Pick<ArchivedPageProps, "id" | "slug" | "successor"> & {
  readonly base: string;
};

function Unarchive({ id, slug, successor, base }: UnarchiveProps): VNode {
  const taken = successor !== undefined;
  return (
    <details class="unfolding">
      <summary class="button">{strings.archivedPage.unarchive}</summary>
      <form class="form" method="post" action={addresses.unarchive(id)}>
        <input type="hidden" name="base" value={base} />
        <Field
          name="slug"
          label={strings.common.address}
          value={taken ? "" : slug}
          hint={taken ? strings.archivedPage.addressTaken(slug) : strings.common.addressHint}
          spellCheck={false}
        />
        <SummaryField />
        <div class="actions">
          <button class="button main" type="submit">
            {strings.common.unarchivePage}
          </button>
        </div>
      </form>
    </details>
  );
}
