import type { VNode } from "preact";
import { splitLines } from "../../content/lines.ts";
import { strings } from "../strings/strings.ts";

type Props = {
  readonly text: string;
  /** Whether it is the first or last part of the body. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
};

const CONTEXT_LINES = 3;

/** Merged text between conflicts. Only the lines beside conflicts are shown; the others are collapsed. */
export function MergedText({ text, isFirst, isLast }: Props): VNode {
  const lines = splitLines(text);
  const head = isFirst ? 0 : CONTEXT_LINES;
  const tail = isLast ? 0 : CONTEXT_LINES;
  const folded = lines.length - head - tail;
  // A summary takes as much space as two lines.
  if (folded <= 2) return <Source text={text} />;
  return (
    <>
      {head > 0 && <Source text={lines.slice(0, head).join("")} />}
      <details>
        <summary>{strings.conflict.mergedLines(folded)}</summary>
        <Source text={lines.slice(head, lines.length - tail).join("")} />
      </details>
      {tail > 0 && <Source text={lines.slice(lines.length - tail).join("")} />}
    </>
  );
}

function Source({ text }: { text: string }): VNode {
  return (
    <pre class="merged" dir="auto">
      {`\n${text}`}
    </pre>
  );
}
