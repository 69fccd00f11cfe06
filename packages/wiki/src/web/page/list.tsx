import type { VNode } from "preact";
import { addresses, useAddresses, useIsPast } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";

type ListedPage = {
  readonly slug: string;
  readonly title: string;
  /** ISO 8601. */
  readonly modifiedAt: string;
  readonly modifiedBy: string | null;
};

export type ListPagesProps = {
  /** Newest first. */
  readonly pages: readonly ListedPage[];
  /** Where the next pages begin, for `addresses.allPages`; null at the end. */
  readonly before: string | null;
  /** Whether newer pages were left out, as this is not the first part of the list. */
  readonly continued: boolean;
  readonly mayCreate: boolean;
  /** Whether somebody is signed in; if not, the empty list offers to. */
  readonly signedIn: boolean;
};

/** All pages, newest first, a part at a time. */
export function listPages(props: ListPagesProps): Screen {
  return { title: "All pages", body: <PageList {...props} /> };
}

function PageList(props: ListPagesProps): VNode {
  const then = useAddresses();
  const { pages, before, continued } = props;
  return (
    <MainPart>
      <h1>All pages</h1>
      <nav class="ways" aria-label="Other lists of pages">
        <a href={then.wanted()}>Wanted pages</a>
        <a href={then.orphans()}>Pages nothing {useIsPast() ? "linked" : "links"} to</a>
        {!useIsPast() && <a href={addresses.archivedPages()}>Archived pages</a>}
      </nav>
      {pages.length === 0 ? (
        <NoPages {...props} />
      ) : (
        <ol class="pages">
          {pages.map((page) => (
            <ListedPageRow key={page.slug} {...page} />
          ))}
        </ol>
      )}
      {(continued || before !== null) && (
        <nav class="pager" aria-label="More of the list">
          {continued ? <a href={then.allPages()}>Newest pages</a> : <span />}
          {before !== null && (
            <a href={then.allPages(before)} rel="next">
              Older pages
            </a>
          )}
        </nav>
      )}
    </MainPart>
  );
}

function ListedPageRow({ slug, title, modifiedAt, modifiedBy }: ListedPage): VNode {
  const then = useAddresses();
  return (
    <li>
      <a class="title" href={then.page(slug)}>
        <bdi>{title}</bdi>
      </a>
      <span class="slug">
        <bdi>{slug}</bdi>
      </span>
      <span class="change">
        <Time at={modifiedAt} /> <By name={modifiedBy} />
      </span>
    </li>
  );
}

function NoPages({ continued, mayCreate, signedIn }: ListPagesProps): VNode {
  const past = useIsPast();
  if (continued) return <p class="lede">There {past ? "were" : "are"} no older pages.</p>;
  if (past) return <p class="lede">Nothing was written yet.</p>;
  return (
    <div class="invitation">
      <p class="lede">Nothing is written yet. The first page can be about anything.</p>
      {mayCreate && (
        <a class="button main" href={addresses.newPage()}>
          Write the first page
        </a>
      )}
      {!mayCreate && !signedIn && (
        <a class="button" href={addresses.signIn(addresses.allPages())}>
          Sign in to write it
        </a>
      )}
      {!mayCreate && signedIn && <p class="muted">An editor can write it; your account can read.</p>}
    </div>
  );
}
