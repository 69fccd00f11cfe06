import type { VNode } from "preact";
import type { UserId } from "../../domain/user.ts";

/** A class by which an author's part is told from others'; those beyond the first few share one. */
export type AuthorMark = `author-${1 | 2 | 3 | 4 | 5}` | "author-other";

const MARKS: readonly AuthorMark[] = ["author-1", "author-2", "author-3", "author-4", "author-5"];

/** Gives the first authors a mark each, in the order they come; all after them share the last one. */
export function authorMarks(
  authors: Iterable<UserId | null>,
): (author: UserId | null | undefined) => AuthorMark {
  const marks = new Map<UserId | null, AuthorMark>();
  for (const author of authors) {
    if (!marks.has(author)) marks.set(author, MARKS[marks.size] ?? "author-other");
  }
  return (author) => (author === undefined ? "author-other" : (marks.get(author) ?? "author-other"));
}

type Props = {
  /** By how much the text grew or shrank; null if it was left alone. */
  readonly delta: number | null;
  /** The largest change of those that are shown together. */
  readonly largest: number;
  readonly mark: AuthorMark;
};

/** A version as a layer of the page: a bar as long as its change, in its author's colour. The words beside it say as much. */
export function Layer({ delta, largest, mark }: Props): VNode | null {
  if (delta === null) return null;
  // Roots, or beside one large change no other would be seen.
  const share = largest === 0 ? 0 : Math.sqrt(Math.abs(delta) / largest);
  return (
    <svg class={`layer ${mark}`} width="100%" height="4" aria-hidden="true" focusable="false">
      <rect width={`${Math.max(1, Math.round(100 * share))}%`} height="4" />
    </svg>
  );
}
