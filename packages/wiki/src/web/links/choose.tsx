import type { VNode } from "preact";
import { useAddresses } from "../addresses.ts";
import type { LinkingPage } from "../parts/page-list.tsx";
import { LinkedPages, NoMore } from "../parts/page-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

export type ChooseProps = {
  /** As the link names it, or its title key. */
  readonly title: string;
  /** In the order of creation. */
  readonly pages: readonly LinkingPage[];
  /** The address of the next part; null at the end. */
  readonly next: string | null;
  /** Whether this is a later part of the list. */
  readonly continued?: boolean;
};

/** A part of the list of pages with one title, for a reader who followed a link to it. */
export function chooseScreen(props: ChooseProps): Screen {
  return { title: strings.links.chooseTitle(props.title), body: <Choose {...props} /> };
}

function Choose({ title, pages, next, continued = false }: ChooseProps): VNode {
  const addresses = useAddresses();
  return (
    <MainPart>
      <h1>{strings.links.choose(<bdi>{pages[0]?.title ?? title}</bdi>)}</h1>
      {pages.length === 0 && continued ? (
        <NoMore first={addresses.choosePage(title)} />
      ) : pages.length === 0 ? (
        <p class="lede">{strings.links.noneTitled}</p>
      ) : (
        <>
          <p class="lede">{strings.links.aboutChoice}</p>
          <LinkedPages pages={pages} next={next} />
        </>
      )}
    </MainPart>
  );
}
