import type { VNode } from "preact";
import { useAddresses } from "../addresses.ts";
import type { LinkingPage } from "../parts/page-list.tsx";
import { strings } from "../strings/strings.ts";

type Props = {
  readonly slug: string;
  readonly pages: readonly LinkingPage[];
  /** Whether more pages link here than `pages` contains. */
  readonly more: boolean;
};

/** The pages that link to a page; null if there are none. */
export function LinkedFrom({ slug, pages, more }: Props): VNode | null {
  const addresses = useAddresses();
  if (pages.length === 0) return null;
  return (
    <nav class="linked-from" aria-labelledby="-linked-from">
      <h2 id="-linked-from">{strings.links.linkedFrom}</h2>
      <ul>
        {pages.map((page) => (
          <li key={page.slug}>
            <a href={addresses.page(page.slug)} dir="auto">
              {page.title}
            </a>
          </li>
        ))}
      </ul>
      {more && (
        <a class="more-links" href={addresses.backlinks(slug)}>
          {strings.links.allLinkingPages}
        </a>
      )}
    </nav>
  );
}
