import type { VNode } from "preact";
import { useAddresses } from "../time/reading-time.ts";

type Props = {
  readonly pages: readonly { readonly slug: string; readonly title: string }[];
  /** The address of the next part; null at the end. */
  readonly next: string | null;
};

/** Pages by title and address, in the order given. */
export function LinkedPages({ pages, next }: Props): VNode {
  const addresses = useAddresses();
  return (
    <>
      <ol class="pages found">
        {pages.map(({ slug, title }) => (
          <li key={slug}>
            <a class="title" href={addresses.page(slug)}>
              <bdi>{title}</bdi>
            </a>
            <span class="slug">
              <bdi>{slug}</bdi>
            </span>
          </li>
        ))}
      </ol>
      <NextPart next={next} />
    </>
  );
}

/** Where a list goes on; nothing at its end. */
export function NextPart({ next }: Pick<Props, "next">): VNode | null {
  if (next === null) return null;
  return (
    <nav class="pager" aria-label="More of the list">
      <span />
      <a href={next} rel="next">
        More pages
      </a>
    </nav>
  );
}

/** In place of a part of a list that has become shorter than that; `first` is the address of its first part. */
export function NoMore({ first }: { first: string }): VNode {
  return (
    <p class="lede">
      There are no more. <a href={first}>See the first ones</a>
    </p>
  );
}
