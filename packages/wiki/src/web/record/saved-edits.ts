import type { UserId } from "../../domain/user.ts";
import type { PageChange } from "../../projections/page-change.ts";

/** One thing that a save did to a page. */
export type Deed =
  | { readonly kind: "created" | "text" | "archived" }
  | { readonly kind: "title" | "address"; readonly from: string; readonly to: string }
  | { readonly kind: "unarchived"; readonly slug: string }
  | { readonly kind: "restored"; readonly version: number }
  | { readonly kind: "undone"; readonly first: number; readonly last: number };

/** All that one save did to a page: a version for each field that it changed. */
export interface SavedEdit {
  readonly first: number;
  readonly last: number;
  readonly at: Date;
  readonly userId: UserId | null;
  readonly summary: string | null;
  /** By how much the body grew, in UTF-16 code units; null if the save left it alone. */
  readonly sizeDelta: number | null;
  readonly merged: PageChange["merged"];
  /** Of no other save. */
  readonly saveId: string;
  readonly deeds: readonly Deed[];
  /** The page's address after it; null while the page is archived. */
  readonly slug: string | null;
}

interface Names {
  readonly title: string;
  readonly slug: string;
}

/**
 * Puts the changes of each save together. `changes` are those of a page that follow each other, newest first, and so
 * is what is returned; `before` is what the page was called before them all, null before it was there.
 */
export function savedEdits(changes: readonly PageChange[], before: Names | null): readonly SavedEdit[] {
  const edits: SavedEdit[] = [];
  let names = before ?? { title: "", slug: "" };
  for (const change of changes.toReversed()) {
    const edit = editOf(change, names);
    const last = edits.at(-1);
    if (last?.saveId === edit.saveId) edits[edits.length - 1] = joined(last, edit);
    else edits.push(edit);
    names = { title: change.title ?? names.title, slug: change.slug ?? names.slug };
  }
  return edits.reverse();
}

function editOf(change: PageChange, names: Names): SavedEdit {
  const { kind, version, at, userId, summary, sizeDelta, merged, saveId } = change;
  const changesText = kind === "created" || kind === "body-updated" || sizeDelta !== 0;
  return {
    first: version,
    last: version,
    at,
    userId,
    summary,
    merged,
    saveId,
    sizeDelta: changesText ? sizeDelta : null,
    deeds: deedsOf(change, names),
    slug: kind === "archived" ? null : (change.slug ?? names.slug),
  };
}

function deedsOf({ kind, title, slug, of }: PageChange, names: Names): readonly Deed[] {
  const renamed: Deed[] = [
    ...(title === null ? [] : [{ kind: "title", from: names.title, to: title } as const]),
    ...(slug === null ? [] : [{ kind: "address", from: names.slug, to: slug } as const]),
  ];
  switch (kind) {
    case "created":
    case "archived":
      return [{ kind }];
    case "unarchived":
      return [{ kind, slug: slug ?? names.slug }];
    case "body-updated":
      return [{ kind: "text" }];
    case "restored":
      return [{ kind, version: of?.first ?? 0 }, ...renamed];
    case "undone":
      return [{ kind, first: of?.first ?? 0, last: of?.last ?? 0 }, ...renamed];
    default:
      return renamed;
  }
}

function joined(earlier: SavedEdit, later: SavedEdit): SavedEdit {
  const sizes = [earlier.sizeDelta, later.sizeDelta].filter((size) => size !== null);
  return {
    ...later,
    first: earlier.first,
    sizeDelta: sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0),
    deeds: [...earlier.deeds, ...later.deeds],
  };
}
