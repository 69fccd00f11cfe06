import type { VNode } from "preact";
import { addresses, addressesAt } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time, utcText } from "../parts/time.tsx";
import type { Link } from "../strings/nodes.tsx";
import { strings } from "../strings/strings.ts";

type Holding = {
  /** The current state of the page that had the address; null while no page had it. */
  readonly page: {
    readonly id: string;
    readonly slug: string;
    readonly title: string;
    readonly archived: boolean;
  } | null;
  /** ISO 8601. */
  readonly from: string;
  /** The end in ISO 8601; null if this is the current state. */
  readonly until: string | null;
  /** The name of the person who assigned or released the address; null if no account has the id. */
  readonly by: string | null;
};

export type SlugHistoryProps = {
  readonly slug: string;
  /** Newest first; empty for an address that no page has had. */
  readonly holdings: readonly Holding[];
  /** The number of older holdings that are not listed. */
  readonly omitted: number;
};

/** The pages that had an address, with the times. */
export function slugHistory(props: SlugHistoryProps): Screen {
  return { title: strings.slugs.titleOf(props.slug), body: <SlugHistory {...props} /> };
}

function SlugHistory({ slug, holdings, omitted }: SlugHistoryProps): VNode {
  const open: Link = (words) => <a href={addresses.page(slug)}>{words}</a>;
  return (
    <MainPart>
      <h1>{strings.slugs.heading(<bdi>/{slug}</bdi>)}</h1>
      {holdings.length === 0 ? (
        <p class="lede">{strings.slugs.neverUsed(open)}</p>
      ) : (
        <>
          <p class="lede">{(holdings[0]?.page === null ? strings.slugs.free : strings.slugs.used)(open)}</p>
          <ol class="pages holdings">
            {holdings.map((holding) => (
              <HoldingRow key={holding.from} slug={slug} {...holding} />
            ))}
          </ol>
          {omitted > 0 && <p class="aside">{strings.slugs.notShown(omitted)}</p>}
        </>
      )}
    </MainPart>
  );
}

function HoldingRow({ slug, page, from, until, by }: Holding & { slug: string }): VNode {
  return (
    <li>
      {page === null ? (
        <span class="title free">{strings.slugs.noPage}</span>
      ) : (
        <a class="title" href={page.archived ? addresses.pageById(page.id) : addresses.page(page.slug)}>
          <bdi>{page.title}</bdi>
        </a>
      )}
      <span class="slug">
        <Time at={from} form="instant" />
        {" – "}
        {until === null ? strings.slugs.now : <Time at={until} form="instant" />}
        {page?.archived && `, ${strings.slugs.archived}`}
        {page !== null && !page.archived && page.slug !== slug && (
          <>, {strings.slugs.movedTo(<bdi>/{page.slug}</bdi>)}</>
        )}
      </span>
      <span class="change">
        {(page === null ? strings.slugs.released : strings.slugs.assigned)(<By name={by} />)}
        {page !== null && (
          <>
            <br />
            <a href={addressesAt(from).page(slug)}>{strings.slugs.viewThen(utcText(from))}</a>
          </>
        )}
      </span>
    </li>
  );
}
