import type { VNode } from "preact";
import { addresses as present, useAddresses, useIsPast } from "../addresses.ts";
import { NextPart, NoMore } from "../parts/page-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";

type WantedPage = {
  readonly slug: string;
  /** How many pages link to it. */
  readonly count: number;
};

export type WantedProps = {
  /** The most wanted first. */
  readonly pages: readonly WantedPage[];
  /** The address of the next part; null at the end. */
  readonly next: string | null;
  /** Whether this is not the first part of the list; it is unless said. */
  readonly continued?: boolean;
  readonly mayCreate: boolean;
};

/** What pages link to and nobody has written yet, a part at a time. */
export function wantedScreen(props: WantedProps): Screen {
  return { title: "Wanted pages", body: <Wanted {...props} /> };
}

function Wanted({ pages, next, continued = false, mayCreate }: WantedProps): VNode {
  const addresses = useAddresses();
  const past = useIsPast();
  return (
    <MainPart>
      <h1>Wanted pages</h1>
      {pages.length === 0 && continued ? (
        <NoMore first={addresses.wanted()} />
      ) : pages.length === 0 ? (
        <p class="lede">
          Every link {past ? "led" : "leads"} to a page. <a href={addresses.allPages()}>See all pages</a>
        </p>
      ) : (
        <>
          <p class="lede">
            {past
              ? "Pages linked to these, and nobody had written them yet."
              : "Pages link to these, and nobody has written them yet."}
          </p>
          <ol class="pages wanted">
            {pages.map((page) => (
              <WantedRow key={page.slug} {...page} mayCreate={mayCreate} />
            ))}
          </ol>
          <NextPart next={next} />
        </>
      )}
    </MainPart>
  );
}

function WantedRow({ slug, count, mayCreate }: WantedPage & { readonly mayCreate: boolean }): VNode {
  const addresses = useAddresses();
  const past = useIsPast();
  return (
    <li>
      <a class="title" href={addresses.page(slug)}>
        <bdi>{slug}</bdi>
      </a>
      <span class="slug">
        {count === 1 ? "1 page" : `${count.toLocaleString("en-GB")} pages`}{" "}
        {past ? "linked" : count === 1 ? "links" : "link"} to it
      </span>
      {mayCreate && !past && (
        <span class="change">
          <a href={present.newPage(slug)}>
            Create
            <span class="unseen">
              {" "}
              <bdi>{slug}</bdi>
            </span>
          </a>
        </span>
      )}
    </li>
  );
}
