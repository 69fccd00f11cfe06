import { EditConflictError, type EditedFields } from "./errors.ts";

const FIELDS = ["title", "slug", "body"] as const;

interface VersionedFields extends Required<EditedFields> {
  readonly id: string;
  readonly version: number;
}

/**
 * Returns those of `yours` that are still to be applied to `theirs`, the page as it is now, when the edit started
 * from `base`. A field that only one side changed, or both in the same way, does not conflict.
 * @throws EditConflictError with the fields that both sides changed differently
 */
export function mergeFields(
  base: VersionedFields,
  theirs: VersionedFields,
  yours: EditedFields,
): EditedFields {
  const mine = FIELDS.filter((field) => yours[field] !== undefined && yours[field] !== base[field]);
  const conflicts = mine.filter((field) => theirs[field] !== base[field] && theirs[field] !== yours[field]);
  if (conflicts.length === 0) return pick(yours, mine);
  throw new EditConflictError(
    { pageId: theirs.id, baseVersion: base.version, currentVersion: theirs.version },
    { base: pick(base, conflicts), theirs: pick(theirs, conflicts), yours: pick(yours, conflicts) },
  );
}

function pick(fields: EditedFields, names: readonly (keyof EditedFields)[]): EditedFields {
  return Object.fromEntries(names.map((name) => [name, fields[name]]));
}
