import { bodyChange } from "../content/body-change.ts";
import { type MergePiece, mergeTexts } from "../content/merge.ts";
import type { PageChanges, PageFields } from "../domain/page.ts";
import { EditConflictError, type EditedFields, type FieldConflict } from "./errors.ts";

const FIELDS = ["title", "slug", "body"] as const;

interface VersionedFields extends PageFields {
  readonly id: string;
  readonly version: number;
}

/**
 * Returns what is to change of `theirs`, the page as it is now, by an edit that started from `base` and wants `yours`.
 * What only one side changed, or both in the same way, does not conflict; bodies are merged text by text.
 * @throws EditConflictError with the fields, and the pieces of the body, that both sides changed differently
 */
export function mergeFields(
  base: VersionedFields,
  theirs: VersionedFields,
  yours: EditedFields,
): PageChanges {
  const conflicts: FieldConflict[] = [];
  const merged = (field: "title" | "slug") => {
    const wanted = yours[field] ?? base[field];
    if (wanted === base[field] || wanted === theirs[field]) return {};
    if (theirs[field] === base[field]) return { [field]: wanted };
    conflicts.push({ field, base: base[field], theirs: theirs[field], yours: wanted });
    return {};
  };
  const mergedBody = (): PageChanges => {
    const wanted = yours.body ?? base.body;
    if (wanted === base.body || wanted === theirs.body) return {};
    if (theirs.body === base.body) return { body: bodyChange(theirs.body, wanted) };
    const { pieces, change } = mergeTexts(base.body, theirs.body, wanted);
    if (change !== undefined) return { body: change };
    conflicts.push(...conflictsIn(pieces));
    return {};
  };
  const changes = { ...merged("title"), ...merged("slug"), ...mergedBody() };
  if (conflicts.length === 0) return changes;
  throw new EditConflictError(
    { pageId: theirs.id, baseVersion: base.version, currentVersion: theirs.version },
    { base, theirs, yours },
    conflicts,
  );
}

/** @throws EditConflictError when anything that readers see changed between two versions of a page */
export function requireUnchanged(
  base: PageFields & { readonly version: number },
  page: VersionedFields,
): void {
  const conflicts = changedFields(base, page).map((field) => {
    return { field, base: base[field], theirs: page[field], yours: base[field] };
  });
  if (conflicts.length === 0) return;
  const versions = { pageId: page.id, baseVersion: base.version, currentVersion: page.version };
  throw new EditConflictError(versions, { base, theirs: page, yours: base }, conflicts);
}

/** The names of the fields that differ. */
export function changedFields(before: PageFields, after: PageFields): readonly (keyof PageFields)[] {
  return FIELDS.filter((field) => before[field] !== after[field]);
}

function conflictsIn(pieces: readonly MergePiece[]): FieldConflict[] {
  return pieces.flatMap((piece) => {
    if (piece.kind === "merged") return [];
    const { base, theirs, yours } = piece;
    return [{ field: "body", base, theirs, yours }];
  });
}
