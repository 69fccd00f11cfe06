import type { VNode } from "preact";

/** The token by which a posted form proves that this wiki drew it. */
export function CsrfField({ csrf }: { csrf: string }): VNode {
  return <input type="hidden" name="csrf" value={csrf} />;
}
