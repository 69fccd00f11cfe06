import { z } from "zod";

/** The stored form of a file of a page. Its bytes are outside the record, by their SHA-256. */
export const pageFile = z.object({
  /** Identifies these bytes under this name; the bytes that replace them get another id. */
  id: z.uuid(),
  /** Unique among the files of the page; see `nameKey`. */
  name: z.string(),
  /** The media type, determined from the bytes. */
  type: z.string(),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The size of an image in pixels. */
  width: z.int().positive().optional(),
  height: z.int().positive().optional(),
});

export type PageFile = Readonly<z.infer<typeof pageFile>>;

/** The stored form of a change of a page's files. */
export const fileChanges = z.object({
  /** Ids. */
  removed: z.array(z.uuid()),
  added: z.array(pageFile),
});

export type FileChanges = z.infer<typeof fileChanges>;

/** Returns the form in which names of files are compared: file systems may ignore case and Unicode form. */
export function nameKey(name: string): string {
  return name.normalize("NFC").toLowerCase().normalize("NFC");
}

/**
 * Returns the file under a name that no other file has: its own, or with a number, such as "map-2.png".
 * @param others the other files of the page
 */
export function withFreeName(file: PageFile, others: readonly PageFile[]): PageFile {
  const used = new Set(others.map(({ name }) => nameKey(name)));
  if (!used.has(nameKey(file.name))) return file;
  const [, stem = "", extension = ""] = /^(.+?)(\.[^.]*)?$/su.exec(file.name) ?? [];
  for (let number = 2; ; number += 1) {
    const name = `${stem}-${number}${extension}`;
    if (!used.has(nameKey(name))) return { ...file, name };
  }
}

export function applyFileChanges(
  files: readonly PageFile[],
  { removed, added }: FileChanges,
): readonly PageFile[] {
  return [...files.filter(({ id }) => !removed.includes(id)), ...added];
}

/** Returns the files with those of `replacements` in the places of the ones with the ids `replaced`. */
export function applyReplacements(
  files: readonly PageFile[],
  replacements: readonly { readonly replaced: string; readonly file: PageFile }[],
): readonly PageFile[] {
  const byReplaced = new Map(replacements.map(({ replaced, file }) => [replaced, file]));
  return files.map((file) => byReplaced.get(file.id) ?? file);
}

/** Returns the files without those with the ids of `removed`. */
export function withoutFiles(
  files: readonly PageFile[],
  removed: readonly Pick<PageFile, "id">[],
): readonly PageFile[] {
  const ids = new Set(removed.map(({ id }) => id));
  return files.filter(({ id }) => !ids.has(id));
}

/** The files of one name that two sides changed differently. */
export interface FileConflict {
  readonly base: PageFile | undefined;
  readonly theirs: PageFile | undefined;
  readonly yours: PageFile | undefined;
}

/**
 * Returns the changes to `theirs` that the change from `base` to `yours` makes, and the names that both sides changed
 * differently, which `changes` does not contain.
 */
export function mergeFiles(
  base: readonly PageFile[],
  theirs: readonly PageFile[],
  yours: readonly PageFile[],
): { readonly changes: FileChanges; readonly conflicts: readonly FileConflict[] } {
  const changes: FileChanges = { removed: [], added: [] };
  const conflicts: FileConflict[] = [];
  const [baseByName, theirsByName, yoursByName] = [base, theirs, yours].map(byName) as [Named, Named, Named];
  for (const key of new Set([...baseByName.keys(), ...yoursByName.keys()])) {
    const sides = { base: baseByName.get(key), theirs: theirsByName.get(key), yours: yoursByName.get(key) };
    if (isSame(sides.base, sides.yours) || isSame(sides.theirs, sides.yours)) continue;
    if (!isSame(sides.base, sides.theirs)) {
      conflicts.push(sides);
      continue;
    }
    if (sides.theirs !== undefined) changes.removed.push(sides.theirs.id);
    if (sides.yours !== undefined) changes.added.push(sides.yours);
  }
  return { changes, conflicts };
}

type Named = ReadonlyMap<string, PageFile>;

function byName(files: readonly PageFile[]): Named {
  return new Map(files.map((file) => [nameKey(file.name), file]));
}

function isSame(one: PageFile | undefined, other: PageFile | undefined): boolean {
  return one?.id === other?.id;
}

/** Returns whether both are the same files, in any order. */
export function areSameFiles(some: readonly PageFile[], others: readonly PageFile[]): boolean {
  const ids = new Set(others.map(({ id }) => id));
  return some.length === others.length && some.every(({ id }) => ids.has(id));
}
