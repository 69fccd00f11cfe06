import type { ComponentChildren, VNode } from "preact";
import { addresses } from "../addresses.ts";
import { Crumbs } from "../parts/crumbs.tsx";
import { strings } from "../strings/strings.ts";

export type RecordedPage = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly version: number;
  readonly archived: boolean;
};

type Props = {
  readonly page: RecordedPage;
  readonly current?: "history" | "authorship";
  readonly children: ComponentChildren;
};

/** The header of the screens about a page's record, with links between them. */
export function RecordHead({ page, current, children }: Props): VNode {
  const ariaCurrent = (name: Props["current"]) => (current === name ? "page" : undefined);
  return (
    <header class="record-head">
      {!page.archived && <Crumbs slug={page.slug} />}
      <h1>{children}</h1>
      <nav class="sub-navigation" aria-label={strings.record.navigation}>
        <a href={page.archived ? addresses.pageById(page.id) : addresses.page(page.slug)}>
          {page.archived ? strings.archivedPage.kind : strings.record.page}
        </a>
        <a href={addresses.history(page.id)} aria-current={ariaCurrent("history")}>
          {strings.common.history}
        </a>
        <a href={addresses.authorship(page.id)} aria-current={ariaCurrent("authorship")}>
          {strings.common.authors}
        </a>
      </nav>
      {page.archived && <p class="notice">{strings.record.archived}</p>}
    </header>
  );
}
