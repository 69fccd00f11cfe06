import type { VNode } from "preact";
import { strings } from "../strings/strings.ts";
import { DiagramScript } from "./diagram-script.tsx";
import { Prose } from "./screen.tsx";

export type Heading = {
  readonly level: number;
  readonly id: string;
  readonly text: string;
};

/** The table of contents and the body of a page, below its title. */
export function PageText({ html, headings }: { html: string; headings: readonly Heading[] }): VNode {
  return (
    <>
      <Contents headings={headings} />
      <Prose html={html} />
      <DiagramScript html={html} />
    </>
  );
}

/** The table of contents; null for fewer than three headings. */
function Contents({ headings }: { headings: readonly Heading[] }): VNode | null {
  if (headings.length < 3) return null;
  const top = Math.min(...headings.map(({ level }) => level));
  return (
    <nav class="contents" aria-labelledby="-contents">
      <h2 id="-contents">{strings.page.onThisPage}</h2>
      <ol>
        {headings
          .filter(({ level }) => level <= top + 1)
          .map(({ level, id, text }) => (
            <li key={id} class={level === top ? undefined : "deeper"}>
              <a href={`#${id}`} dir="auto">
                {text}
              </a>
            </li>
          ))}
      </ol>
    </nav>
  );
}
