import type { VNode } from "preact";
import { addresses, useAddresses, useIsEarlierDate } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";

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
  /** The start of the next part for `addresses.allPages`; null at the end. */
  readonly before: string | null;
  /** Whether this is a later part of the list. */
  readonly continued: boolean;
  readonly mayCreate: boolean;
  /** Whether the reader is signed in. If not, an empty list links to the sign-in screen. */
  readonly signedIn: boolean;
  /** Whether the reader is an administrator who has not finished the set-up. */
  readonly mayContinueSetup?: boolean;
};

/** A part of the list of all pages, newest first. */
export function listPages(props: ListPagesProps): Screen {
  return { title: strings.common.allPages, body: <PageList {...props} /> };
}

function PageList(props: ListPagesProps): VNode {
  const addressesAtDate = useAddresses();
  const { pages, before, continued } = props;
  return (
    <MainPart>
      <h1>{strings.common.allPages}</h1>
      <nav class="sub-navigation" aria-label={strings.pageList.otherLists}>
        <a href={addressesAtDate.wanted()}>{strings.links.wanted}</a>
        <a href={addressesAtDate.orphans()}>{strings.links.unlinked}</a>
        {!useIsEarlierDate() && (
          <>
            <a href={addresses.archivedPages()}>{strings.archived.heading}</a>
            <a href={addresses.export}>{strings.export.heading}</a>
            <a href={addresses.files()}>{strings.files.wikiHeading}</a>
          </>
        )}
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
        <nav class="pager" aria-label={strings.common.pagination}>
          {continued ? <a href={addressesAtDate.allPages()}>{strings.pageList.newest}</a> : <span />}
          {before !== null && (
            <a href={addressesAtDate.allPages(before)} rel="next">
              {strings.pageList.older}
            </a>
          )}
        </nav>
      )}
    </MainPart>
  );
}

function ListedPageRow({ slug, title, modifiedAt, modifiedBy }: ListedPage): VNode {
  const addressesAtDate = useAddresses();
  return (
    <li>
      <a class="title" href={addressesAtDate.page(slug)}>
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

function NoPages({ continued, mayCreate, signedIn, mayContinueSetup }: ListPagesProps): VNode {
  const isEarlier = useIsEarlierDate();
  if (continued) return <p class="lede">{strings.pageList.noOlder}</p>;
  if (isEarlier) return <p class="lede">{strings.pageList.noneEarlier}</p>;
  return (
    <div class="invitation">
      <p class="lede">{strings.pageList.none}</p>
      {mayContinueSetup && (
        <a class="button main" href={addresses.setup()}>
          {strings.setup.continueSetup}
        </a>
      )}
      {mayCreate && (
        <a class={mayContinueSetup ? "button" : "button main"} href={addresses.newPage()}>
          {strings.common.createPage}
        </a>
      )}
      {!mayCreate && !signedIn && (
        <a class="button" href={addresses.signIn(addresses.allPages())}>
          {strings.pageList.signInToCreate}
        </a>
      )}
      {!mayCreate && signedIn && <p class="muted">{strings.common.onlyEditorsCreate}</p>}
    </div>
  );
}
