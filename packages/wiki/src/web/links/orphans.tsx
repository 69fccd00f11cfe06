import type { VNode } from "preact";
import { useAddresses, useIsPast } from "../addresses.ts";
import { LinkedPages, NoMore } from "../parts/page-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";

export type OrphansProps = {
  /** In order of title. */
  readonly pages: readonly { readonly slug: string; readonly title: string }[];
  /** The address of the next part; null at the end. */
  readonly next: string | null;
  /** Whether this is not the first part of the list; it is unless said. */
  readonly continued?: boolean;
};

/** The pages that no other page links to, a part at a time. */
export function orphansScreen(props: OrphansProps): Screen {
  return { title: "Pages nothing links to", body: <Orphans {...props} /> };
}

function Orphans({ pages, next, continued = false }: OrphansProps): VNode {
  const addresses = useAddresses();
  const past = useIsPast();
  return (
    <MainPart>
      <h1>Pages nothing links to</h1>
      {pages.length === 0 && continued ? (
        <NoMore first={addresses.orphans()} />
      ) : pages.length === 0 ? (
        <p class="lede">
          There {past ? "were" : "are"} none. <a href={addresses.allPages()}>See all pages</a>
        </p>
      ) : (
        <>
          <p class="lede">
            {past
              ? "No page linked to these."
              : "Who reads along links never comes by these. A link from a page near them helps."}
          </p>
          <LinkedPages pages={pages} next={next} />
        </>
      )}
    </MainPart>
  );
}
