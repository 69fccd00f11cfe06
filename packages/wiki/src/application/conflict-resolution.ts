import { restoreLineEndings } from "../content/line-endings.ts";
import { type MergePiece, mergeTexts } from "../content/merge.ts";
import type { Draft } from "./drafts.ts";

/** What becomes of a place that both sides changed: one of the texts, theirs and then yours, or one typed by hand. */
export const CHOICES = ["yours", "theirs", "both", "base", "own"] as const;
export type Choice = (typeof CHOICES)[number];

/**
 * More than anybody settles one by one, few enough for a browser to draw at once. What nobody was shown, nobody gave
 * up: of further ones both texts stay.
 */
export const MOST_SETTLED = 200;

interface TitleAndBody {
  readonly title: string;
  readonly body: string;
}

type Conflict = Extract<MergePiece, { readonly kind: "conflict" }>;

/** A place that both sides changed, under the name that its fields have in the form. */
export interface NamedConflict extends Conflict {
  /** "title", or in the body "1" for the first. */
  readonly name: string;
  /** Whether it is among the first ones, which are shown to be settled. */
  readonly isShown: boolean;
}

/** An edit beside what others saved since it began, in the order in which it is shown and settled. */
export interface EditMerge {
  readonly title: NamedConflict | { readonly kind: "merged"; readonly text: string };
  readonly body: readonly (NamedConflict | { readonly kind: "merged"; readonly text: string })[];
  readonly conflicts: readonly NamedConflict[];
  /** A line ending of the text, for lines that are new. */
  readonly lineEnding: string;
}

/** What somebody chose for a conflict; nothing of it is there at first. */
export interface Settlement {
  readonly choice?: Choice;
  /** What came back in the field for a text by hand, which is filled with yours at first. */
  readonly own?: string;
}

/** By the names of the conflicts, in their order. */
export type Settlements = ReadonlyMap<string, Settlement>;

/** Puts what two sides made of `base` together. The same three texts give the same conflicts with the same names. */
export function mergeOfEdit(base: TitleAndBody, theirs: TitleAndBody, yours: TitleAndBody): EditMerge {
  const title = mergedTitle(base.title, theirs.title, yours.title);
  const most = title.kind === "conflict" ? MOST_SETTLED - 1 : MOST_SETTLED;
  let count = 0;
  const body = mergeTexts(base.body, theirs.body, yours.body).pieces.map((piece) => {
    return piece.kind === "merged" ? piece : { ...piece, name: String(++count), isShown: count <= most };
  });
  const conflicts = [title, ...body].filter((piece) => piece.kind === "conflict");
  const lineEnding = /\r\n|\r|\n/.exec(yours.body + theirs.body + base.body)?.[0] ?? "\n";
  return { title, body, conflicts, lineEnding };
}

/** Returns the texts that the settlements make of a merge. What nobody chose anything for becomes yours, or both if it is not shown. */
export function settledTexts(merge: EditMerge, settlements: Settlements): TitleAndBody {
  const textOf = (piece: EditMerge["title"]) =>
    piece.kind === "merged" ? piece.text : settledText(piece, settlements.get(piece.name), merge.lineEnding);
  let body = "";
  let isOwn = false;
  for (const piece of merge.body) {
    const text = textOf(piece);
    // A text by hand may have lost the line break at its end, and is not to run into the next line.
    body = isOwn ? joinedLines(body, text, merge.lineEnding) : body + text;
    isOwn = text === "" ? isOwn : piece.kind === "conflict" && choiceFor(piece, settlements) === "own";
  }
  return { title: textOf(merge.title), body };
}

/** Returns what is chosen for a conflict: a text that was typed by hand is, unless something else was. */
function choiceFor(conflict: NamedConflict, settlements: Settlements): Choice {
  if (!conflict.isShown) return "both";
  const settlement = settlements.get(conflict.name);
  if (settlement?.choice !== undefined) return settlement.choice;
  return typedByHand(conflict, settlement) === undefined ? "yours" : "own";
}

/** Returns a text with all that was typed by hand for its places behind it, where the places are not to be found. */
export function withOwnTexts(body: string, settlements: Settlements): string {
  const plain = (text: string) => text.replace(/\r\n|\r/g, "\n").trim();
  const own = [...settlements.values()].flatMap(({ own = "" }) => (plain(own) === "" ? [] : [own]));
  const there = plain(body);
  const missing = own.filter((text) => !there.includes(plain(text)));
  return missing.reduce((text, more) => joinedLines(text, more, "\n"), body);
}

/** The conflicts for which a text was typed by hand and something else was chosen. */
export function unclearConflicts(merge: EditMerge, settlements: Settlements): readonly NamedConflict[] {
  return merge.conflicts.filter((conflict) => {
    if (!conflict.isShown) return false;
    const isTyped = typedByHand(conflict, settlements.get(conflict.name)) !== undefined;
    return isTyped && choiceFor(conflict, settlements) !== "own";
  });
}

function mergedTitle(base: string, theirs: string, yours: string): EditMerge["title"] {
  if (yours === base || yours === theirs) return { kind: "merged", text: theirs };
  if (theirs === base) return { kind: "merged", text: yours };
  return { kind: "conflict", name: "title", isShown: true, base, theirs, yours };
}

function settledText(conflict: NamedConflict, settlement: Settlement | undefined, ending: string): string {
  const { base, theirs, yours } = conflict;
  switch (choiceFor(conflict, new Map(settlement && [[conflict.name, settlement]]))) {
    case "yours":
      return yours;
    case "theirs":
      return theirs;
    case "base":
      return base;
    case "both":
      return joinedLines(theirs, yours, ending);
    case "own":
      return typedByHand(conflict, settlement, ending) ?? yours;
  }
}

/** Returns the text that was typed in place of yours, with the line endings of the page; undefined if none was. */
function typedByHand(
  { base, theirs, yours }: NamedConflict,
  settlement: Settlement | undefined,
  ending = "\n",
): string | undefined {
  const own = settlement?.own;
  if (own === undefined || restoreLineEndings(yours, own) === yours) return undefined;
  const reference = [yours, theirs, base].find((text) => /[\r\n]/.test(text)) ?? yours + ending;
  return restoreLineEndings(reference, own);
}

function joinedLines(first: string, second: string, ending: string): string {
  const isOpen = first !== "" && second !== "" && !/[\r\n]$/.test(first);
  return isOpen ? first + ending + second : first + second;
}

/** Returns what was chosen and typed for each place, as a draft has it. */
export function settlementsOf({ settling }: Pick<Draft, "settling">): Settlements {
  return new Map(
    (settling?.places ?? []).map(({ name, choice: chosen, own }) => {
      const choice = CHOICES.find((one) => one === chosen);
      return [
        name,
        { ...(choice === undefined ? {} : { choice }), ...(own === undefined ? {} : { own }) },
      ] as const;
    }),
  );
}
