import type { VNode } from "preact";
import { addresses as present, useAddresses, useIsEarlierDate } from "../addresses.ts";
import { NextPart, NoMore } from "../parts/page-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

type WantedPage = {
  readonly slug: string;
  readonly count: number;
};

export type WantedProps = {
  /** The most wanted first. */
  readonly pages: readonly WantedPage[];
  /** The address of the next part; null at the end. */
  readonly next: string | null;
  /** Whether this is a later part of the list. */
  readonly continued?: boolean;
  readonly mayCreate: boolean;
};

/** A part of the list of addresses that pages link to but that no page has. */
export function wantedScreen(props: WantedProps): Screen {
  return { title: strings.links.wanted, body: <Wanted {...props} /> };
}

function Wanted({ pages, next, continued = false, mayCreate }: WantedProps): VNode {
  const addresses = useAddresses();
  const isEarlier = useIsEarlierDate();
  return (
    <MainPart>
      <h1>{strings.links.wanted}</h1>
      {pages.length === 0 && continued ? (
        <NoMore first={addresses.wanted()} />
      ) : pages.length === 0 ? (
        <p class="lede">
          {(isEarlier ? strings.links.noWantedEarlier : strings.links.noWanted)((words) => (
            <a href={addresses.allPages()}>{words}</a>
          ))}
        </p>
      ) : (
        <>
          <p class="lede">{isEarlier ? strings.links.aboutWantedEarlier : strings.links.aboutWanted}</p>
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
  const isEarlier = useIsEarlierDate();
  return (
    <li>
      <a class="title" href={addresses.page(slug)}>
        <bdi>{slug}</bdi>
      </a>
      <span class="slug">{strings.links.linkedFromPages(count)}</span>
      {mayCreate && !isEarlier && (
        <span class="change">
          <a href={present.newPage(slug)}>{strings.links.create(<bdi>{slug}</bdi>)}</a>
        </span>
      )}
    </li>
  );
}
