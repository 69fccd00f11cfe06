import { randomUUID } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { VNode } from "preact";
import type { FormDraft } from "../../application/draft-rules.ts";
import type { DraftRevision } from "../../application/drafts.ts";
import { isId } from "../page-parameters.ts";
import { strings } from "../strings/strings.ts";
import { field } from "./form-fields.ts";

/** Returns a new draft for a form, which may be filled with the draft `opened`. */
export function newFormDraft(opened?: Required<DraftRevision>): FormDraft {
  const id = randomUUID();
  return opened === undefined ? { id } : { id, openedRevision: { id: opened.id, savedAt: opened.savedAt } };
}

const FILLED_WITH = /^([0-9a-f-]*)@(\d{1,15})$/;

/** Returns the draft that a submitted form names. */
export function formDraftIn(request: FastifyRequest): FormDraft {
  const given = field(request, "draft");
  const id = isId(given) ? given.toLowerCase() : null;
  const [, filledId, savedAt] = FILLED_WITH.exec(field(request, "filled-with")) ?? [];
  if (savedAt === undefined) return { id };
  return { id, openedRevision: { id: filledId || null, savedAt: new Date(Number(savedAt)) } };
}

export function DraftFields({ draft: { id, openedRevision } }: { draft: FormDraft }): VNode {
  return (
    <>
      <input type="hidden" name="draft" value={id ?? ""} />
      {openedRevision !== undefined && (
        <input
          type="hidden"
          name="filled-with"
          value={`${openedRevision.id ?? ""}@${openedRevision.savedAt.getTime()}`}
        />
      )}
    </>
  );
}

/** The place where `islands/draft.ts` reports whether the draft is saved. */
export function DraftState(): VNode {
  return (
    <p
      class="draft-state"
      role="status"
      data-draft-state
      data-messages={JSON.stringify(strings.drafts.messages)}
    />
  );
}

/** The field that names the versions before the base that an edit is also based on. */
export function AncestorVersionsField({
  versions = [],
}: {
  versions?: readonly number[] | undefined;
}): VNode | null {
  return versions.length === 0 ? null : <input type="hidden" name="made-from" value={versions.join(" ")} />;
}
