import { renderToString } from "preact-render-to-string";
import type { AttributedPiece, Writer } from "../../content/rendered-authorship.ts";
import type { AuthorMark } from "./author-marks.tsx";

export type WriterShown = { readonly mark: AuthorMark; readonly title: string };

/** Joins consecutive pieces of the same writer. */
export function joinedPieces(pieces: readonly AttributedPiece[]): readonly AttributedPiece[] {
  const joined: AttributedPiece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last !== undefined && isSameWriter(last.writer, piece.writer)) {
      joined[joined.length - 1] = { ...last, html: last.html + piece.html };
    } else joined.push(piece);
  }
  return joined;
}

function isSameWriter(one: Writer | undefined, other: Writer | undefined): boolean {
  return one?.version === other?.version && one?.isCertain === other?.isCertain;
}

/** Returns HTML that marks each piece with its writer. It is safe if the joined pieces are. */
export function writtenHtml(
  pieces: readonly AttributedPiece[],
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
