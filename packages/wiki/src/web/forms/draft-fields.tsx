import { randomUUID } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { VNode } from "preact";
import type { FormDraft } from "../../application/draft-rules.ts";
import type { KnownDraft } from "../../application/drafts.ts";
import { field } from "./form-fields.ts";

/** Returns the draft of a form that is about to be shown, filled with `opened`, if it is. */
export function newFormDraft(opened?: Required<KnownDraft>): FormDraft {
  const id = randomUUID();
  return opened === undefined ? { id } : { id, filledWith: { id: opened.id, savedAt: opened.savedAt } };
}

/** The ids of drafts, and of pages. */
export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FILLED_WITH = /^([0-9a-f-]*)@(\d{1,15})$/;

/** Returns the draft of a form that came, and is perhaps to be shown again. */
export function formDraftIn(request: FastifyRequest): FormDraft {
  const given = field(request, "draft");
  const id = UUID.test(given) ? given : null;
  const [, filledId, savedAt] = FILLED_WITH.exec(field(request, "filled-with")) ?? [];
  if (savedAt === undefined) return { id };
  return { id, filledWith: { id: filledId || null, savedAt: new Date(Number(savedAt)) } };
}

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

/** Where `islands/draft.ts` says whether what is typed is kept. */
export function DraftState(): VNode {
  return <p class="draft-state" role="status" data-draft-state />;
}

/** What a form says of the versions before its base that an edit was made from; nothing where there are none. */
export function MadeFromField({ versions = [] }: { versions?: readonly number[] | undefined }): VNode | null {
  return versions.length === 0 ? null : <input type="hidden" name="made-from" value={versions.join(" ")} />;
}
