import type { FastifyReply, FastifyRequest } from "fastify";
import { formDraftIn } from "../forms/draft-fields.tsx";
import { field, resolutionsIn } from "../forms/form-fields.ts";
import { ancestorVersionsIn, type Errors, typedFields } from "../forms/page-form.ts";
import { sendScreen } from "../send-screen.ts";
import { refusedConflict } from "./conflict-refused.tsx";
import { editPage } from "./edit.tsx";

/**
 * Shows a submitted edit form again with errors. It uses only the request and does not look up the page, since the
 * person may be signed out and not allowed to read it.
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
  const ancestorVersions = ancestorVersionsIn(request);
  const screen =
    theirs === ""
      ? editPage({
          ...{ draft, errors, isUnkept: true },
          page: { ...page, base, ancestorVersions },
          values: { ...typed, slug },
        })
      : refusedConflict({
          ...{ page, base, theirs, ancestorVersions, draft, errors },
          yours: typed,
          resolutions: resolutionsIn(request),
        });
  return sendScreen(request, reply, screen);
}

const BASE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,15})$/;

/** Returns the page and version that a form names, whether they exist or not. */
function versionIn(base: string): { readonly id: string | null; readonly version: number } {
  const [, id = null, version = 0] = BASE.exec(base) ?? [];
  return { id, version: Number(version) };
}
