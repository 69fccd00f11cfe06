import { renderToString } from "preact-render-to-string";
import type { Writer, WrittenPiece } from "../../content/rendered-authorship.ts";
import type { AuthorMark } from "./author-marks.tsx";

/** How a writer is shown. */
export type WriterShown = { readonly mark: AuthorMark; readonly title: string };

/** Puts text that follows each other and has one writer together. */
export function joinedPieces(pieces: readonly WrittenPiece[]): readonly WrittenPiece[] {
  const joined: WrittenPiece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last !== undefined && isSame(last.writer, piece.writer)) {
      joined[joined.length - 1] = { ...last, html: last.html + piece.html };
    } else joined.push(piece);
  }
  return joined;
}

function isSame(one: Writer | undefined, other: Writer | undefined): boolean {
  return one?.version === other?.version && one?.isCertain === other?.isCertain;
}

/** Returns the HTML with its text marked by who wrote it, as safe as the pieces are together. */
export function writtenHtml(
  pieces: readonly WrittenPiece[],
  shownAs: (writer: Writer) => WriterShown,
): string {
  return pieces
    .map(({ html, writer }) => {
      if (writer === undefined) return html;
      const { mark, title } = shownAs(writer);
      const content = { __html: html };
      return renderToString(
        <span class={`authored ${mark}`} title={title} dangerouslySetInnerHTML={content} />,
      );
    })
    .join("");
}
