import type { UserId } from "../../domain/user.ts";
import type { PageChange } from "../../projections/page-change.ts";

type FileChangeKind = "files-attached" | "files-replaced" | "files-removed";

export type ChangeDescription =
  | { readonly kind: "created" | "text" | "archived" }
  | { readonly kind: "title" | "address"; readonly from: string; readonly to: string }
  | { readonly kind: "unarchived"; readonly slug: string }
  | { readonly kind: FileChangeKind; readonly names: readonly string[] }
  | { readonly kind: "restored"; readonly version: number }
  | { readonly kind: "undone"; readonly first: number; readonly last: number };

/** The changes that one save made to a page. Each changed field has a version of its own. */
export interface SavedEdit {
  readonly first: number;
  readonly last: number;
  readonly at: Date;
  readonly userId: UserId | null;
  readonly summary: string | null;
  /** The growth of the body in UTF-16 code units; null if it did not change. */
  readonly sizeDelta: number | null;
  readonly merged: PageChange["merged"];
  /** Unique per save. */
  readonly saveId: string;
  readonly changes: readonly ChangeDescription[];
  /** The slug after the save; null if the page is archived. */
  readonly slug: string | null;
}

interface TitleAndSlug {
  readonly title: string;
  readonly slug: string;
}

/**
 * Groups consecutive changes of a page by save, newest first. `before` has the title and slug before all of them, null
 * if the page did not exist.
 */
export function savedEdits(
  changes: readonly PageChange[],
  before: TitleAndSlug | null,
): readonly SavedEdit[] {
  const edits: SavedEdit[] = [];
  let names = before ?? { title: "", slug: "" };
  for (const change of changes.toReversed()) {
    const edit = editOf(change, names);
    const last = edits.at(-1);
    if (last?.saveId === edit.saveId) edits[edits.length - 1] = join(last, edit);
    else edits.push(edit);
    names = { title: change.title ?? names.title, slug: change.slug ?? names.slug };
  }
  return edits.reverse();
}

function editOf(change: PageChange, names: TitleAndSlug): SavedEdit {
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
    changes: describe(change, names),
    slug: kind === "archived" ? null : (change.slug ?? names.slug),
  };
}

function describe(
  { kind, title, slug, files, of }: PageChange,
  names: TitleAndSlug,
): readonly ChangeDescription[] {
  const renamed: ChangeDescription[] = [
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
    case "files-attached":
    case "files-replaced":
    case "files-removed":
      return [{ kind, names: files ?? [] }];
    case "restored":
      return [{ kind, version: of?.first ?? 0 }, ...renamed];
    case "undone":
      return [{ kind, first: of?.first ?? 0, last: of?.last ?? 0 }, ...renamed];
    default:
      return renamed;
  }
}

function join(earlier: SavedEdit, later: SavedEdit): SavedEdit {
  const sizes = [earlier.sizeDelta, later.sizeDelta].filter((size) => size !== null);
  return {
    ...later,
    first: earlier.first,
    sizeDelta: sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0),
    changes: [...earlier.changes, ...later.changes],
  };
}
