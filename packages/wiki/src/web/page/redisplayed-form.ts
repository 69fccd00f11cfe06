import type { FastifyReply, FastifyRequest } from "fastify";
import { formDraftIn } from "../forms/draft-fields.tsx";
import { field, resolutionsIn } from "../forms/form-fields.ts";
import { type Errors, madeFromIn, typedFields } from "../forms/page-form.ts";
import { sendScreen } from "../send-screen.ts";
import { refusedConflict } from "./conflict-refused.tsx";
import { editPage } from "./edit.tsx";

/**
 * Shows the form of an edit again that cannot be taken at this moment, made of what came alone: nothing of its page is
 * looked up, which whoever was signed out meanwhile may not be told of.
 */
export function redisplayForm(
  request: FastifyRequest,
  reply: FastifyReply,
  slug: string,
  errors: Errors,
): FastifyReply {
  const typed = typedFields(request);
  const [base, theirs] = [field(request, "base"), field(request, "theirs")];
  const page = { ...versionIn(base), slug, title: typed.title.trim() || `/${slug}` };
  const draft = formDraftIn(request);
  const madeFrom = madeFromIn(request);
  const screen =
    theirs === ""
      ? editPage({
          ...{ draft, errors, isUnkept: true },
          page: { ...page, base, madeFrom },
          values: { ...typed, slug },
        })
      : refusedConflict({
          ...{ page, base, theirs, madeFrom, draft, errors },
          yours: typed,
          resolutions: resolutionsIn(request),
        });
  return sendScreen(request, reply, screen);
}

const BASE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,15})$/;

/** The page and version that a form says it starts from, whether they are there or not. */
function versionIn(base: string): { readonly id: string | null; readonly version: number } {
  const [, id = null, version = 0] = BASE.exec(base) ?? [];
  return { id, version: Number(version) };
}
