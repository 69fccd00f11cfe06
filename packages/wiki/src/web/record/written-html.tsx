import { renderToString } from "preact-render-to-string";
import type { AttributedPiece, Writer } from "../../content/rendered-authorship.ts";
import type { AuthorMark } from "./author-marks.tsx";

export type WriterShown = { readonly mark: AuthorMark; readonly title: string };

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
