import type { MergePiece } from "../content/merge.ts";
import type { PageChanges, PageFields } from "../domain/page.ts";
import type { TaskRunner } from "../workers/task-runner.ts";
import { EditConflictError, type EditedFields, type FieldConflict } from "./errors.ts";

const FIELDS = ["title", "slug", "body"] as const;

interface VersionedFields extends PageFields {
  readonly id: string;
  readonly version: number;
}

/**
 * Resolves to the changes to `theirs`, the current page, that an edit of `base` to `yours` makes. A change conflicts only if
 * the other side changed the same text differently.
 * @throws EditConflictError with the fields, and the parts of the body, in conflict
 */
export async function mergeFields(
  base: VersionedFields,
  theirs: VersionedFields,
  yours: EditedFields,
  workers: TaskRunner,
): Promise<PageChanges> {
  const conflicts: FieldConflict[] = [];
  const merged = (field: "title" | "slug") => {
    const edited = yours[field] ?? base[field];
    const value = mergeValue(base[field], theirs[field], edited);
    if (value !== undefined) return value === theirs[field] ? {} : { [field]: value };
    conflicts.push({ field, base: base[field], theirs: theirs[field], yours: edited });
    return {};
  };
  const mergedBody = async (): Promise<PageChanges> => {
    const edited = yours.body ?? base.body;
    if (edited === base.body || edited === theirs.body) return {};
    if (theirs.body === base.body) {
      return { body: await workers.run("bodyChange", { body: theirs.body, text: edited }) };
    }
    const texts = { base: base.body, theirs: theirs.body, yours: edited };
    const { pieces, change } = await workers.run("mergeTexts", texts);
    if (change !== undefined) return { body: change };
    conflicts.push(...conflictsIn(pieces));
    return {};
  };
  const changes = { ...merged("title"), ...merged("slug"), ...(await mergedBody()) };
  if (conflicts.length === 0) return changes;
  throw new EditConflictError(
    { pageId: theirs.id, baseVersion: base.version, currentVersion: theirs.version },
    { base, theirs, yours },
    conflicts,
  );
}

/** Returns the merge of a value that is not divided into parts; undefined if both sides changed it differently. */
export function mergeValue(base: string, theirs: string, yours: string): string | undefined {
  if (yours === base || yours === theirs) return theirs;
  return theirs === base ? yours : undefined;
}

/** @throws EditConflictError if a field changed between two versions of a page */
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
