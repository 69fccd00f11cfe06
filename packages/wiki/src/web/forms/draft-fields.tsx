import type { VNode } from "preact";
import type { FormDraft } from "./form-draft.ts";

/** What a form says of its draft. */
export function DraftFields({ draft: { id, filledWith } }: { draft: FormDraft }): VNode {
  return (
    <>
      <input type="hidden" name="draft" value={id ?? ""} />
      {filledWith !== undefined && (
        <input
          type="hidden"
          name="filled-with"
          value={`${filledWith.id ?? ""}@${filledWith.savedAt.getTime()}`}
        />
      )}
    </>
  );
}
