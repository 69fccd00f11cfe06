/** Returns how many items of a list were shown before, from the address of its next part; 0 for any other text. */
export function offsetIn(cursor: string | undefined): number {
  return /^\d{1,9}$/.test(cursor ?? "") ? Number(cursor) : 0;
}

/** A part of a list, and where the next one begins. */
export interface Part<Item> {
  readonly items: readonly Item[];
  /** For the address of the next part; undefined at the end. */
  readonly next: string | undefined;
}

/** Resolves to at most `size` items from where `cursor` says; `list` is asked for one more, to see whether it goes on. */
export async function partOf<Item>(
  cursor: string | undefined,
  size: number,
  list: (range: { readonly limit: number; readonly offset: number }) => Promise<readonly Item[]>,
): Promise<Part<Item>> {
  const offset = offsetIn(cursor);
  const found = await list({ limit: size + 1, offset });
  return { items: found.slice(0, size), next: found.length > size ? String(offset + size) : undefined };
}
