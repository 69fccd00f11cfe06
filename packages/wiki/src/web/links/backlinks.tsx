import type { VNode } from "preact";
import { useAddresses, useIsPast } from "../addresses.ts";
import type { LinkingPage } from "../parts/page-list.tsx";
import { LinkedPages, NoMore } from "../parts/page-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";

export type BacklinksProps = {
  /** The page that is linked to. */
  readonly slug: string;
  readonly title: string;
  /** In order of title. */
  readonly pages: readonly LinkingPage[];
  /** The address of the next part; null at the end. */
  readonly next: string | null;
  /** Whether this is not the first part of the list; it is unless said. */
  readonly continued?: boolean;
};

/** All pages that link to one, a part at a time. */
export function backlinksScreen(props: BacklinksProps): Screen {
  return { title: `Linking to ${props.title}`, body: <Backlinks {...props} /> };
}

function Backlinks({ slug, title, pages, next, continued = false }: BacklinksProps): VNode {
  const addresses = useAddresses();
  const past = useIsPast();
  return (
    <MainPart>
      <h1>
        {past ? "What linked to" : "What links to"}{" "}
        <a href={addresses.page(slug)}>
          <bdi>{title}</bdi>
        </a>
      </h1>
      {pages.length === 0 && continued ? (
        <NoMore first={addresses.backlinks(slug)} />
      ) : pages.length === 0 ? (
        <p class="lede">No other page {past ? "linked" : "links"} here.</p>
      ) : (
        <LinkedPages pages={pages} next={next} />
      )}
    </MainPart>
  );
}
