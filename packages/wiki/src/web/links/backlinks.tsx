import type { VNode } from "preact";
import { useAddresses, useIsEarlierDate } from "../addresses.ts";
import type { LinkingPage } from "../parts/page-list.tsx";
import { LinkedPages, NoMore } from "../parts/page-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

export type BacklinksProps = {
  readonly slug: string;
  readonly title: string;
  /** In order of title, or of creation if there are many. */
  readonly pages: readonly LinkingPage[];
  /** The address of the next part; null at the end. */
  readonly next: string | null;
  /** Whether this is a later part of the list. */
  readonly continued?: boolean;
};

/** A part of the list of pages that link to a page. */
export function backlinksScreen(props: BacklinksProps): Screen {
  return { title: strings.links.backlinksTitle(props.title), body: <Backlinks {...props} /> };
}

function Backlinks({ slug, title, pages, next, continued = false }: BacklinksProps): VNode {
  const addresses = useAddresses();
  const isEarlier = useIsEarlierDate();
  const heading = isEarlier ? strings.links.backlinksEarlier : strings.links.backlinks;
  return (
    <MainPart>
      <h1>
        {heading(
          <a href={addresses.page(slug)}>
            <bdi>{title}</bdi>
          </a>,
        )}
      </h1>
      {pages.length === 0 && continued ? (
        <NoMore first={addresses.backlinks(slug)} />
      ) : pages.length === 0 ? (
        <p class="lede">{isEarlier ? strings.links.noBacklinksEarlier : strings.links.noBacklinks}</p>
      ) : (
        <LinkedPages pages={pages} next={next} />
      )}
    </MainPart>
  );
}
