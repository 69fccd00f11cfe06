import type { ComponentChildren, VNode } from "preact";
import { addresses } from "../addresses.ts";
import { Crumbs } from "../parts/crumbs.tsx";

/** The page whose record is shown. */
export type RecordedPage = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  /** The present version. */
  readonly version: number;
  readonly archived: boolean;
};

type Props = {
  readonly page: RecordedPage;
  readonly current?: "history" | "authorship";
  /** The heading. */
  readonly children: ComponentChildren;
};

/** Above every screen of a page's record: what it is, and the ways to the page and the rest of its record. */
export function RecordHead({ page, current, children }: Props): VNode {
  const here = (name: Props["current"]) => (current === name ? "page" : undefined);
  return (
    <header class="record-head">
      {!page.archived && <Crumbs slug={page.slug} />}
      <h1>{children}</h1>
      <nav class="ways" aria-label="This page and its record">
        <a href={page.archived ? addresses.pageById(page.id) : addresses.page(page.slug)}>
          {page.archived ? "The archived page" : "The page"}
        </a>
        <a href={addresses.history(page.id)} aria-current={here("history")}>
          History
        </a>
        <a href={addresses.authorship(page.id)} aria-current={here("authorship")}>
          Who wrote what
        </a>
      </nav>
      {page.archived && (
        <p class="notice">
          This page is archived: it left the wiki and gave up its address. Its record stays.
        </p>
      )}
    </header>
  );
}
