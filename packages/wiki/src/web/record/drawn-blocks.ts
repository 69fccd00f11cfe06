import type { Writer } from "../../content/rendered-authorship.ts";
import { strings } from "../strings/strings.ts";
import { type Attribution, type AuthorshipProps, type MarkedBlock, titleOf } from "./authorship.tsx";
import type { Author, AuthoredBlock } from "./authorship-marks.ts";
import { type WriterShown, writtenHtml } from "./written-html.tsx";

/** Limits of what a browser can draw in one page. */
export const MAX_DRAWN_BLOCKS = 2_000;
const MAX_MARKS = 10_000;

/** Returns the first blocks of a page up to the limits of blocks and of author marks. */
export function drawnBlocks(
  all: readonly AuthoredBlock[],
  shownAs: (author: Author) => Pick<MarkedBlock, "by" | "mark">,
  attributions: ReadonlyMap<number, Attribution>,
): Extract<AuthorshipProps["shown"], { view: "rendered" }> {
  let marks = 0;
  const blocks = all
    .slice(0, MAX_DRAWN_BLOCKS)
    .map(({ html, pieces, author, others, lastVersion }): MarkedBlock => {
      marks += (pieces ?? []).filter(({ writer }) => writer !== undefined).length;
      const isMarked = pieces !== undefined && marks <= MAX_MARKS;
      return {
        html: isMarked ? writtenHtml(pieces, (writer) => writerShown(writer, attributions)) : html,
        ...shownAs(author),
        others: others.map((other) => shownAs(other).by),
        lastVersion,
      };
    });
  return {
    view: "rendered",
    blocks,
    complete: all.length <= MAX_DRAWN_BLOCKS,
    allMarked: marks <= MAX_MARKS,
  };
}

function writerShown(
  { version, isCertain }: Writer,
  attributions: ReadonlyMap<number, Attribution>,
): WriterShown {
  const attribution = attributions.get(version) ?? null;
  const name = attribution?.by?.name ?? strings.common.unknownPerson;
  return {
    mark: attribution?.mark ?? "author-other",
    title: isCertain ? titleOf(version, attribution) : name,
  };
}
