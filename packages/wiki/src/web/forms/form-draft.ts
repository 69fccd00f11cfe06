import { randomUUID } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { KnownDraft } from "../../application/drafts.ts";
import { field } from "../form.ts";

/**
 * The draft that a form writes, and no other window does: so none takes the place of what was typed in another. What
 * the form was filled with goes when it is kept or saved again, unless another window wrote it since.
 */
export interface FormDraft {
  /** Null for a form that says none. */
  readonly id: string | null;
  readonly filledWith?: Required<KnownDraft>;
}

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
