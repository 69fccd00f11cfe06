import type { ComponentChildren, VNode } from "preact";

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
