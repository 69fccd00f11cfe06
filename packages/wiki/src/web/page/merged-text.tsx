import type { VNode } from "preact";
import { splitLines } from "../../content/lines.ts";
import { strings } from "../strings/strings.ts";

type Props = {
  readonly text: string;
  /** Whether it is the first or last part of the body. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** The most text that is shown of each part, in UTF-16 code units. */
  readonly maxShown: number;
};

const CONTEXT_LINES = 3;

/** Merged text between conflicts. Only the lines beside conflicts are shown; the others are collapsed. */
export function MergedText({ text, isFirst, isLast, maxShown }: Props): VNode {
  const lines = splitLines(text);
  const head = isFirst ? 0 : CONTEXT_LINES;
  const tail = isLast ? 0 : CONTEXT_LINES;
  const folded = lines.length - head - tail;
  // A summary takes as much space as two lines.
  if (folded <= 2) return <Source text={text} maxShown={maxShown} />;
  return (
    <>
      {head > 0 && <Source text={lines.slice(0, head).join("")} maxShown={maxShown} />}
      <details>
        <summary>{strings.conflict.mergedLines(folded)}</summary>
        <Source text={lines.slice(head, lines.length - tail).join("")} maxShown={maxShown} />
      </details>
      {tail > 0 && <Source text={lines.slice(lines.length - tail).join("")} maxShown={maxShown} />}
    </>
  );
}

function Source({ text, maxShown }: Pick<Props, "text" | "maxShown">): VNode {
  return (
    <>
      <pre class="merged" dir="auto">
        {`\n${text.slice(0, maxShown)}`}
      </pre>
      {text.length > maxShown && <p class="muted">{strings.conflict.shortened}</p>}
    </>
  );
}
