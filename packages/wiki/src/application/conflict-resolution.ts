import { restoreLineEndings } from "../content/line-endings.ts";
import type { MergePiece } from "../content/merge.ts";
import type { TaskRunner } from "../workers/task-runner.ts";
import type { Draft, DraftResolution } from "./drafts.ts";
import { mergeValue } from "./merge-fields.ts";

/**
 * The resolved text of a conflict: one of the three texts, theirs followed by yours, or a text that the person typed.
 */
export const CHOICES = ["yours", "theirs", "both", "base", "own"] as const;
export type Choice = (typeof CHOICES)[number];

/**
 * The most conflicts that a screen shows. Browsers draw this many at once. A conflict that is not shown keeps both
 * texts, since the person cannot choose.
 */
export const MAX_SHOWN_CONFLICTS = 200;

/**
 * The most text that a person can edit in the conflicts, in UTF-16 code units. In further conflicts they choose one of
 * the texts.
 */
const MAX_EDITABLE_UNITS = 500_000;

interface TitleAndBody {
  readonly title: string;
  readonly body: string;
}

/** A conflict of the title or of a part of the body. */
export interface NamedConflict extends Extract<MergePiece, { readonly kind: "conflict" }> {
  /** "title", or "1", "2", … for the conflicts of the body. Names the conflict's fields in forms. */
  readonly name: string;
  readonly isShown: boolean;
  /** Whether the person can type a text. */
  readonly isEditable: boolean;
}

type Piece = NamedConflict | Extract<MergePiece, { readonly kind: "merged" }>;

/** The three-way merge of an edit with a later version, with its conflicts in order. */
export interface EditMerge {
  readonly title: Piece;
  readonly body: readonly Piece[];
  readonly conflicts: readonly NamedConflict[];
  /** The line ending for lines that are added. */
  readonly lineEnding: string;
}

/** How a person resolved one conflict. */
export interface Resolution {
  readonly choice?: Choice;
  /** The content of the field for a typed text, which initially contains yours. */
  readonly own?: string;
}

/** Resolutions by the names of their conflicts, in the order of the conflicts. */
export type Resolutions = ReadonlyMap<string, Resolution>;

/** Merges an edit with a later version. The same three texts give the same conflicts with the same names. */
export async function mergeEdit(
  base: TitleAndBody,
  theirs: TitleAndBody,
  yours: TitleAndBody,
  workers: TaskRunner,
): Promise<EditMerge> {
  const title = mergeTitle(base.title, theirs.title, yours.title);
  const maxInBody = title.kind === "conflict" ? MAX_SHOWN_CONFLICTS - 1 : MAX_SHOWN_CONFLICTS;
  let count = 0;
  let units = 0;
  const texts = { base: base.body, theirs: theirs.body, yours: yours.body };
  const { pieces, change } = await workers.run("mergeTexts", texts);
  const merged =
    change === undefined || change.text === "" ? [] : [{ kind: "merged", text: change.text } as const];
  const body = [...pieces, ...merged].map((piece): Piece => {
    if (piece.kind === "merged") return piece;
    count += 1;
    units += piece.yours.length;
    const isShown = count <= maxInBody;
    return { ...piece, name: String(count), isShown, isEditable: isShown && units <= MAX_EDITABLE_UNITS };
  });
  const conflicts = [title, ...body].filter((piece) => piece.kind === "conflict");
  const lineEnding = /\r\n|\r|\n/.exec(yours.body + theirs.body + base.body)?.[0] ?? "\n";
  return { title, body, conflicts, lineEnding };
}

function mergeTitle(base: string, theirs: string, yours: string): Piece {
  const text = mergeValue(base, theirs, yours);
  if (text !== undefined) return { kind: "merged", text };
  return { kind: "conflict", name: "title", isShown: true, isEditable: true, base, theirs, yours };
}

/** Returns the resolved title and body. A conflict without a resolution becomes yours, or both if it is not shown. */
export function resolvedTexts(merge: EditMerge, resolutions: Resolutions): TitleAndBody {
  const textOf = (piece: Piece) =>
    piece.kind === "merged" ? piece.text : resolvedText(piece, resolutions.get(piece.name), merge.lineEnding);
  let body = "";
  let endsWithOwnText = false;
  for (const piece of merge.body) {
    const text = textOf(piece);
    // A typed text may lack the line break at its end, and must not join the next line.
    body = endsWithOwnText ? joinLines(body, text, merge.lineEnding) : body + text;
    if (text === "") continue;
    endsWithOwnText = piece.kind === "conflict" && choiceFor(piece, resolutions.get(piece.name)) === "own";
  }
  return { title: textOf(merge.title), body };
}

/** Returns the conflicts for which a person typed a text but chose another text. */
export function contradictoryConflicts(merge: EditMerge, resolutions: Resolutions): readonly NamedConflict[] {
  return merge.conflicts.filter((conflict) => {
    const resolution = resolutions.get(conflict.name);
    const hasOwnText = conflict.isEditable && ownText(conflict, resolution) !== undefined;
    return hasOwnText && choiceFor(conflict, resolution) !== "own";
  });
}

/**
 * Appends the typed texts of resolutions that `body` does not contain, so that none is lost when the conflicts
 * themselves cannot be shown.
 */
export function appendOwnTexts(body: string, resolutions: Resolutions): string {
  const plain = (text: string) => text.replace(/\r\n|\r/g, "\n").trim();
  const plainBody = plain(body);
  const missing = [...resolutions.values()].flatMap(({ own = "" }) =>
    plain(own) === "" || plainBody.includes(plain(own)) ? [] : [own],
  );
  return missing.reduce((text, own) => joinLines(text, own, "\n"), body);
}

/** Returns the resolutions that a draft stores. */
export function resolutionsOf({ resolution }: Pick<Draft, "resolution">): Resolutions {
  return new Map(
    (resolution?.conflicts ?? []).map(({ name, choice: stored, own }) => {
      const choice = CHOICES.find((known) => known === stored);
      return [
        name,
        { ...(choice === undefined ? {} : { choice }), ...(own === undefined ? {} : { own }) },
      ] as const;
    }),
  );
}

/** Returns the stored form of the resolutions of a conflict with version `theirsVersion`. */
export function draftResolution(theirsVersion: number, resolutions: Resolutions): DraftResolution {
  return {
    theirsVersion,
    conflicts: [...resolutions].map(([name, resolution]) => ({ name, ...resolution })),
  };
}

/** A typed text counts as chosen unless the person made another choice. */
function choiceFor(conflict: NamedConflict, resolution: Resolution | undefined): Choice {
  if (!conflict.isShown) return "both";
  if (!conflict.isEditable) return resolution?.choice ?? "yours";
  return resolution?.choice ?? (ownText(conflict, resolution) === undefined ? "yours" : "own");
}

function resolvedText(conflict: NamedConflict, resolution: Resolution | undefined, ending: string): string {
  const { base, theirs, yours } = conflict;
  switch (choiceFor(conflict, resolution)) {
    case "yours":
      return yours;
    case "theirs":
      return theirs;
    case "base":
      return base;
    case "both":
      return joinLines(theirs, yours, ending);
    case "own":
      return ownText(conflict, resolution, ending) ?? yours;
  }
}

/** Returns the typed text with the page's line endings; undefined if the field still contains yours. */
function ownText(
  { base, theirs, yours }: NamedConflict,
  resolution: Resolution | undefined,
  ending = "\n",
): string | undefined {
  const own = resolution?.own;
  if (own === undefined || restoreLineEndings(yours, own) === yours) return undefined;
  const reference = [yours, theirs, base].find((text) => /[\r\n]/.test(text)) ?? yours + ending;
  return restoreLineEndings(reference, own);
}

function joinLines(first: string, second: string, ending: string): string {
  const needsBreak = first !== "" && second !== "" && !/[\r\n]$/.test(first);
  return needsBreak ? first + ending + second : first + second;
}
