import type { VNode } from "preact";
import { useAddresses } from "../addresses.ts";

export type LinkingPage = { readonly slug: string; readonly title: string };

type Props = {
  readonly pages: readonly LinkingPage[];
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

/** Returns how many items of a list were shown before, from the address of its next part; 0 for any other text. */
export function offsetOf(cursor: string | undefined): number {
  return /^\d{1,9}$/.test(cursor ?? "") ? Number(cursor) : 0;
}

/** A part of a list, and where the next one begins. */
export interface ListSlice<Item> {
  readonly items: readonly Item[];
  /** For the address of the next part; undefined at the end. */
  readonly next: string | undefined;
}

/** Resolves to at most `size` items from where `cursor` says; `list` is asked for one more, to see whether it goes on. */
export async function sliceOf<Item>(
  cursor: string | undefined,
  size: number,
  list: (range: { readonly limit: number; readonly offset: number }) => Promise<readonly Item[]>,
): Promise<ListSlice<Item>> {
  const offset = offsetOf(cursor);
  const found = await list({ limit: size + 1, offset });
  return { items: found.slice(0, size), next: found.length > size ? String(offset + size) : undefined };
}
