import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { strings } from "../strings/strings.ts";
import type { ComparedBlocks } from "./rendered-comparison.ts";

type Props = {
  /** The HTML of the rows, from `comparedRowHtml`. */
  readonly html: string;
  readonly before: string;
  readonly after: string;
};

export function comparedRowHtml({ changed, before, after }: ComparedBlocks): string {
  return renderToString(
    <tr class={changed ? "pair differs" : "pair same"}>
      <Side html={before} side="before" />
      <Side html={after} side="after" />
    </tr>,
  );
}

/** Two rendered pages side by side; in a narrow window, changed blocks are shown below each other. */
export function RenderedColumns({ html, before, after }: Props): VNode {
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
      <tbody class="pairs" dangerouslySetInnerHTML={{ __html: html }} />
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
