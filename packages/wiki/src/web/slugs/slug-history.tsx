import type { VNode } from "preact";
import { addresses, addressesAt } from "../addresses.ts";
import { By } from "../parts/by.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { namedInstant } from "../parts/time.tsx";

type Holding = {
  /** The page that had the address, as it is now; null while it was free. */
  readonly page: {
    readonly id: string;
    readonly slug: string;
    readonly title: string;
    readonly archived: boolean;
  } | null;
  /** ISO 8601. */
  readonly from: string;
  /** When it ended, in ISO 8601; null if it has not. */
  readonly until: string | null;
  /** Who gave the address to the page, or took it away: a name, or null if nobody by that id is known. */
  readonly by: string | null;
};

export type SlugHistoryProps = {
  readonly slug: string;
  /** Newest first; empty for an address that no page ever had. */
  readonly holdings: readonly Holding[];
  /** How many older ones are left out. */
  readonly leftOut: number;
};

/** Which pages had an address, and when. */
export function slugHistory(props: SlugHistoryProps): Screen {
  return { title: `History of the address /${props.slug}`, body: <SlugHistory {...props} /> };
}

function SlugHistory({ slug, holdings, leftOut }: SlugHistoryProps): VNode {
  return (
    <MainPart>
      <h1>
        History of the address <bdi>/{slug}</bdi>
      </h1>
      {holdings.length === 0 ? (
        <p class="lede">
          No page ever had it. <a href={addresses.page(slug)}>Go there</a>
        </p>
      ) : (
        <>
          <p class="lede">
            {holdings[0]?.page === null ? "It is free now" : "A page has it now"}.{" "}
            <a href={addresses.page(slug)}>Go there</a>
          </p>
          <ol class="pages holdings">
            {holdings.map((holding) => (
              <HoldingRow key={holding.from} slug={slug} {...holding} />
            ))}
          </ol>
          {leftOut > 0 && (
            <p class="aside">
              {leftOut.toLocaleString("en-GB")} earlier {leftOut === 1 ? "change is" : "changes are"} not
              shown.
            </p>
          )}
        </>
      )}
    </MainPart>
  );
}

function HoldingRow({ slug, page, from, until, by }: Holding & { slug: string }): VNode {
  return (
    <li>
      {page === null ? (
        <span class="title free">Free</span>
      ) : (
        <a class="title" href={page.archived ? addresses.pageById(page.id) : addresses.page(page.slug)}>
          <bdi>{page.title}</bdi>
        </a>
      )}
      <span class="slug">
        <time dateTime={from}>{namedInstant(from)}</time>
        {" – "}
        {until === null ? "now" : <time dateTime={until}>{namedInstant(until)}</time>}
        {page?.archived && ", archived since"}
        {page !== null && !page.archived && page.slug !== slug && (
          <>
            , now at <bdi>/{page.slug}</bdi>
          </>
        )}
      </span>
      <span class="change">
        {page === null ? "Released" : "Taken"} <By name={by} />
        {page !== null && (
          <>
            <br />
            <a href={addressesAt(from).page(slug)}>
              As it was then
              <span class="unseen">, {namedInstant(from)}</span>
            </a>
          </>
        )}
      </span>
    </li>
  );
}
