import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { assetHref } from "../assets.ts";
import { strings } from "../strings/strings.ts";

const DIAGRAM = '<code class="hljs language-mermaid">';

/** The script that draws diagrams; null for an article without any. */
export function DiagramScript({ html }: { html: string }): VNode | null {
  if (!html.includes(DIAGRAM)) return null;
  return (
    <script
      type="module"
      src={assetHref("diagrams.js")}
      data-frame={addresses.diagramFrame}
      data-label={strings.page.diagram}
      data-failed={strings.page.diagramFailed}
    />
  );
}
