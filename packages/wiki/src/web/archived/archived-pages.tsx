import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import { NextPart, NoMore } from "../parts/page-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { When } from "../parts/time.tsx";

export type ArchivedPagesProps = {
  /** The one that was archived last first. */
  readonly pages: readonly {
    readonly id: string;
    /** The one it had. */
    readonly slug: string;
    readonly title: string;
    /** ISO 8601. */
    readonly at: string;
    /** A name, or null if nobody by that id is known. */
    readonly by: string | null;
  }[];
  /** The address of the next part; null at the end. */
  readonly next: string | null;
  /** Whether this is not the first part of the list; it is unless said. */
  readonly continued?: boolean;
};

/** The pages that left the wiki, a part at a time. */
export function archivedPages(props: ArchivedPagesProps): Screen {
  return { title: "Archived pages", body: <ArchivedPages {...props} /> };
}

function ArchivedPages({ pages, next, continued = false }: ArchivedPagesProps): VNode {
  return (
    <MainPart>
      <h1>Archived pages</h1>
      {pages.length === 0 && continued ? (
        <NoMore first={addresses.archivedPages()} />
      ) : pages.length === 0 ? (
        <p class="lede">
          No page is archived. <a href={addresses.allPages()}>See all pages</a>
        </p>
      ) : (
        <>
          <p class="lede">They left the lists and the search. Each can still be read, and brought back.</p>
          <ol class="pages">
            {pages.map(({ id, slug, title, at, by }) => (
              <li key={id}>
                <a class="title" href={addresses.pageById(id)}>
                  <bdi>{title}</bdi>
                </a>
                <span class="slug">
                  <bdi>{slug}</bdi>
                </span>
                <span class="change">
                  <When at={at} /> <By name={by} />
                </span>
              </li>
            ))}
          </ol>
          <NextPart next={next} />
        </>
      )}
    </MainPart>
  );
}
