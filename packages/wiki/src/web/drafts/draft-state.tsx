import type { VNode } from "preact";

/** Where `islands/draft.ts` says whether what is typed is kept. */
export function DraftState(): VNode {
  return <p class="draft-state" role="status" data-draft-state />;
}
