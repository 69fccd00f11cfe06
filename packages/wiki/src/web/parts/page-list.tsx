import type { VNode } from "preact";
import { useAddresses } from "../addresses.ts";
import { strings } from "../strings/strings.ts";

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

/** The link to the next part of a list; null at its end. */
export function NextPart({ next }: Pick<Props, "next">): VNode | null {
  if (next === null) return null;
  return (
    <nav class="pager" aria-label={strings.common.pagination}>
      <span />
      <a href={next} rel="next">
        {strings.common.morePages}
      </a>
    </nav>
  );
}

/** Shown for a part after the end of a list, which has become shorter. `first` is the address of its first part. */
export function NoMore({ first }: { first: string }): VNode {
  return (
    <p class="lede">
      {strings.common.noMorePages((words) => (
        <a href={first}>{words}</a>
      ))}
    </p>
  );
}

/** Returns the number of items before a part of a list, from the cursor in its address; 0 for any other text. */
export function offsetOf(cursor: string | undefined): number {
  return /^\d{1,9}$/.test(cursor ?? "") ? Number(cursor) : 0;
}

/** A part of a list, and the cursor of the next part. */
export interface ListSlice<Item> {
  readonly items: readonly Item[];
  /** Undefined at the end. */
  readonly next: string | undefined;
}

/** Resolves to at most `size` items from `cursor` on. Reads one more item from `list` to know whether there is a next part. */
export async function sliceOf<Item>(
  cursor: string | undefined,
  size: number,
  list: (range: { readonly limit: number; readonly offset: number }) => Promise<readonly Item[]>,
): Promise<ListSlice<Item>> {
  const offset = offsetOf(cursor);
  const found = await list({ limit: size + 1, offset });
  return { items: found.slice(0, size), next: found.length > size ? String(offset + size) : undefined };
}
