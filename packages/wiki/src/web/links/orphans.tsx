import type { VNode } from "preact";
import { useAddresses, useIsEarlierDate } from "../addresses.ts";
import { LinkedPages, NoMore } from "../parts/page-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

export type OrphansProps = {
  /** In order of title. */
  readonly pages: readonly { readonly slug: string; readonly title: string }[];
  /** The address of the next part; null at the end. */
  readonly next: string | null;
  /** Whether this is a later part of the list. */
  readonly continued?: boolean;
};

/** A part of the list of pages that no other page links to. */
export function orphansScreen(props: OrphansProps): Screen {
  return { title: strings.links.unlinked, body: <Orphans {...props} /> };
}

function Orphans({ pages, next, continued = false }: OrphansProps): VNode {
  const addresses = useAddresses();
  const isEarlier = useIsEarlierDate();
  return (
    <MainPart>
      <h1>{strings.links.unlinked}</h1>
      {pages.length === 0 && continued ? (
        <NoMore first={addresses.orphans()} />
      ) : pages.length === 0 ? (
        <p class="lede">
          {(isEarlier ? strings.links.noUnlinkedEarlier : strings.links.noUnlinked)((words) => (
            <a href={addresses.allPages()}>{words}</a>
          ))}
        </p>
      ) : (
        <>
          <p class="lede">{isEarlier ? strings.links.aboutUnlinkedEarlier : strings.links.aboutUnlinked}</p>
          <LinkedPages pages={pages} next={next} />
        </>
      )}
    </MainPart>
  );
}
