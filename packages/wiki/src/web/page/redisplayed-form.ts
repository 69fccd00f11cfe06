import type { FastifyReply, FastifyRequest } from "fastify";
import { formDraftIn } from "../forms/draft-fields.tsx";
import { field, resolutionsIn } from "../forms/form-fields.ts";
import { ancestorVersionsIn, type Errors, parseBase, typedFields } from "../forms/page-form.ts";
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
): Promise<FastifyReply> {
  const typed = typedFields(request);
  const [base, theirs] = [field(request, "base"), field(request, "theirs")];
  const page = {
    ...(parseBase(base) ?? { id: null, version: 0 }),
    slug,
    title: typed.title.trim() || `/${slug}`,
  };
  const draft = formDraftIn(request);
  const ancestorVersions = ancestorVersionsIn(request);
  const screen =
    theirs === ""
      ? editPage({
          ...{ draft, errors, isUnsaved: true },
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
