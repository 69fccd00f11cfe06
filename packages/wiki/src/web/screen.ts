import type { VNode } from "preact";

/** One of the wiki's screens, drawn: what the browser's title bar says, and what stands in the document. */
export type Screen = {
  readonly title: string;
  readonly body: VNode;
  /** The asset with the script that makes the screen livelier, where there is one. */
  readonly script?: string;
};
