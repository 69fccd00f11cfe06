import { type MergePiece, mergedText, mergeTexts } from "../content/merge.ts";
import type { PageFields } from "../domain/page.ts";
import { EditConflictError, type EditedFields, type FieldConflict } from "./errors.ts";

const FIELDS = ["title", "slug", "body"] as const;

interface VersionedFields extends PageFields {
  readonly id: string;
  readonly version: number;
}

/**
 * Returns what is to become of the fields of `theirs`, the page as it is now, by an edit that started from `base` and
 * wants `yours`. What only one side changed, or both in the same way, does not conflict; bodies are merged text by
 * text.
 * @throws EditConflictError with the fields, and the pieces of the body, that both sides changed differently
 */
export function mergeFields(
  base: VersionedFields,
  theirs: VersionedFields,
  yours: EditedFields,
): EditedFields {
  const merged: { -readonly [Field in keyof EditedFields]: EditedFields[Field] } = {};
  const conflicts: FieldConflict[] = [];
  for (const field of FIELDS) {
    const wanted = yours[field];
    if (wanted === undefined || wanted === base[field]) continue;
    if (theirs[field] === base[field] || theirs[field] === wanted) merged[field] = wanted;
    else {
      const pieces =
        field === "body"
          ? mergeTexts(base.body, theirs.body, wanted)
          : [{ kind: "conflict" as const, base: base[field], theirs: theirs[field], yours: wanted }];
      const text = mergedText(pieces);
      if (text === undefined) conflicts.push(...conflictsIn(field, pieces));
      else merged[field] = text;
    }
  }
  if (conflicts.length === 0) return merged;
  throw new EditConflictError(
    { pageId: theirs.id, baseVersion: base.version, currentVersion: theirs.version },
    { base, theirs, yours },
    conflicts,
  );
}

/** The names of the fields that differ. */
export function changedFields(before: PageFields, after: PageFields): readonly (keyof PageFields)[] {
  return FIELDS.filter((field) => before[field] !== after[field]);
}

function conflictsIn(field: FieldConflict["field"], pieces: readonly MergePiece[]): FieldConflict[] {
  return pieces.flatMap((piece) =>
    piece.kind === "merged" ? [] : [{ field, base: piece.base, theirs: piece.theirs, yours: piece.yours }],
  );
}
