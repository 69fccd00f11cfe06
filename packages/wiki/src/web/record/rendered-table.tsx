import type { VNode } from "preact";
import { strings } from "../strings/strings.ts";
import type { ComparedBlocks } from "./rendered-comparison.ts";

type Props = {
  readonly blocks: readonly ComparedBlocks[];
  readonly before: string;
  readonly after: string;
};

/** Two rendered pages side by side; in a narrow window, changed blocks are shown below each other. */
export function RenderedColumns({ blocks, before, after }: Props): VNode {
  return (
    <table class="compared-page sides">
      <caption class="unseen">{strings.diff.captionPages}</caption>
      <thead>
        <tr>
          <th class="side-name before" scope="col">
            {before}
          </th>
          <th class="side-name after" scope="col">
            {after}
          </th>
        </tr>
      </thead>
      <tbody class="pairs">
        {blocks.map((row, index) => (
          <tr key={index} class={row.changed ? "pair differs" : "pair same"}>
            <Side html={row.before} side="before" />
            <Side html={row.after} side="after" />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Side({ html, side }: { readonly html: string | null; readonly side: "before" | "after" }): VNode {
  if (html === null) return <td class={`side ${side} none`} />;
  return (
    <td class={`side ${side}`}>
      <div class="prose" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />
    </td>
  );
}
