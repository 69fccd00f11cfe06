import type { VNode } from "preact";
import type { UserId } from "../../domain/user.ts";

/** The CSS class of an author. All authors after the first five share "author-other". */
export type AuthorMark = `author-${1 | 2 | 3 | 4 | 5}` | "author-other";

const MARKS: readonly AuthorMark[] = ["author-1", "author-2", "author-3", "author-4", "author-5"];

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
  readonly delta: number | null;
  readonly largest: number;
  readonly mark: AuthorMark;
};

/** A bar in the author's colour, as long as the change of the text. It repeats the number beside it. */
export function ChangeBar({ delta, largest, mark }: Props): VNode | null {
  if (delta === null) return null;
  // Square roots keep small changes visible beside a large one.
  const share = largest === 0 ? 0 : Math.sqrt(Math.abs(delta) / largest);
  return (
    <svg class={`layer ${mark}`} width="100%" height="4" aria-hidden="true" focusable="false">
      <rect width={`${Math.max(1, Math.round(100 * share))}%`} height="4" />
    </svg>
  );
}
