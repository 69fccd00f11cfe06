import type { ComponentChildren, VNode } from "preact";
import { assetHref } from "../assets.ts";
import { strings } from "../strings/strings.ts";

type Props = {
  /** The width of the screen; by default that of a text. */
  readonly shape?: "narrow" | "reading" | "setup" | "wide";
  readonly children: ComponentChildren;
};

/** The main element of a screen, which is the target of the skip link. */
export function MainPart({ shape, children }: Props): VNode {
  return (
    <main id="-main" tabIndex={-1} class={shape === undefined ? "screen" : `screen ${shape}`}>
      {children}
    </main>
  );
}

export type Screen = {
  readonly title: string;
  readonly body: VNode;
  readonly script?: string;
};

/** The body of a page, from the safe HTML of the Markdown renderer. */
export function Prose({ html }: { html: string }): VNode {
  return (
    <>
      <article class="prose" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />
      {html.includes("<pre ") && (
        <script
          type="module"
          src={assetHref("copy-code.js")}
          data-copy={strings.page.copyCode}
          data-copied={strings.page.copiedCode}
        />
      )}
    </>
  );
}

/** A status message, which screen readers announce. */
export function Notice({ children }: { children: ComponentChildren }): VNode {
  return (
    <div class="notice" role="status">
      {children}
    </div>
  );
}

/** An error message, which screen readers announce at once. */
export function ErrorNotice({ children }: { children: ComponentChildren }): VNode {
  return (
    <div class="notice trouble" role="alert">
      {children}
    </div>
  );
}
