import type { VNode } from "preact";
import { splitLines } from "../../content/lines.ts";
import { strings } from "../strings/strings.ts";

type Props = {
  readonly text: string;
  /** Whether the whole text begins, or ends, with it. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
};

/** So many lines are shown beside a place to settle. */
const CONTEXT_LINES = 3;

/** A stretch that needs no decision: its lines beside the places that do, the others folded away. */
export function MergedText({ text, isFirst, isLast }: Props): VNode {
  const lines = splitLines(text);
  const head = isFirst ? 0 : CONTEXT_LINES;
  const tail = isLast ? 0 : CONTEXT_LINES;
  const folded = lines.length - head - tail;
  // A note in the place of a line or two would save nothing.
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
