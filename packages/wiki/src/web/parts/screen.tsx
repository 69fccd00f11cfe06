import type { ComponentChildren, VNode } from "preact";

type Props = {
  /** How much of the width the screen takes: the measure of a text by default. */
  readonly shape?: "narrow" | "reading" | "wide";
  readonly children: ComponentChildren;
};

/** The part of a document that differs from screen to screen, where the skip link leads. */
export function MainPart({ shape, children }: Props): VNode {
  return (
    <main id="-main" tabIndex={-1} class={shape === undefined ? "screen" : `screen ${shape}`}>
      {children}
    </main>
  );
}

/** One of the wiki's screens, drawn: what the browser's title bar says, and what stands in the document. */
export type Screen = {
  readonly title: string;
  readonly body: VNode;
  /** The asset with the script that makes the screen livelier, where there is one. */
  readonly script?: string;
};

/** What a page says, from the safe HTML that the Markdown renderer vouches for. */
export function Prose({ html }: { html: string }): VNode {
  return <article class="prose" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
}

/** A sentence about what has just happened, read out when the screen opens. */
export function Notice({ children }: { children: ComponentChildren }): VNode {
  return (
    <div class="notice" role="status">
      {children}
    </div>
  );
}

/** What went wrong, and what to do about it. */
export function Trouble({ children }: { children: ComponentChildren }): VNode {
  return (
    <div class="notice trouble" role="alert">
      {children}
    </div>
  );
}
