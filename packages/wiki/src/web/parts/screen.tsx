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
