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
