import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { removeFormDraft, saveNewPageDraft } from "../../application/draft-rules.ts";
import { restoreLineEndings } from "../../content/line-endings.ts";
import { pageFormWriteAccess, writeAccess } from "../../http/access.ts";
import { requirePerson } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { renderArticle } from "../article.ts";
import { formDraftIn, newFormDraft } from "../forms/draft-fields.tsx";
import { field, slugField } from "../forms/form-fields.ts";
import { checkSubmittable, formErrors, typedFields } from "../forms/page-form.ts";
import { unacceptedSameTitle } from "../forms/same-title.tsx";
import { rememberPosition } from "../last-write.ts";
import { redirect, sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { type EditPageProps, editPage } from "./edit.tsx";
import { draftToOpen } from "./opened-draft.ts";

type Form = Pick<
  EditPageProps,
  "values" | "errors" | "draft" | "openedDraft" | "otherDrafts" | "otherNewPage" | "sameTitle"
> & {
  readonly withPreview?: boolean;
};

/** Creating a page. A refused form is shown again with its texts. */
export const newPageRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, drafts } = options;

  type NewPageRequest = { Querystring: { slug?: string; draft?: string } };
  server.get<NewPageRequest>(addresses.newPage(), writeAccess, async (request, reply) => {
    const person = requirePerson(request);
    const slug = String(request.query.slug ?? "");
    const draftId = request.query.draft ?? (await draftOfSlug(person.id, slug));
    const { draft, others } = await draftToOpen(options, person.id, null, draftId && String(draftId));
    const form = { values: { title: "", slug, body: "", summary: "" }, draft: newFormDraft() };
    if (draft === undefined) return sendForm(request, reply, form);
    const { title, body, summary } = draft;
    const savedAt = draft.savedAt.toISOString();
    if (slug !== "" && slug !== draft.slug) {
      return sendForm(request, reply, { ...form, otherNewPage: { title, savedAt } });
    }
    const values = { title, slug: draft.slug ?? "", body, summary };
    const filled = { draft: newFormDraft(draft), openedDraft: { savedAt }, otherDrafts: others };
    return sendForm(request, reply, { values, ...filled });
  });

  /** Resolves to the id of the person's draft of a new page with this slug. */
  const draftOfSlug = async (userId: string, slug: string): Promise<string | undefined> => {
    if (slug === "") return undefined;
    const found = (await drafts.list(userId)).find((one) => one.pageId === null && one.slug === slug);
    return found && (found.id ?? "");
  };

  server.post(addresses.newPage(), pageFormWriteAccess, async (request, reply) => {
    const refused = checkSubmittable(request);
    const typed = typedFields(request);
    const values = { ...typed, body: restoreLineEndings("", typed.body) };
    const draft = formDraftIn(request);
    const form = { values, draft };
    if (refused) {
      return sendForm(request, reply.code(refused.status), { ...form, errors: refused.errors });
    }
    const person = requirePerson(request);
    if (field(request, "action") === "preview")
      return sendForm(request, reply, { ...form, withPreview: true });
    try {
      if (field(request, "action") === "draft") {
        await saveNewPageDraft(options, person.id, values, draft);
        return redirect(reply, addresses.newPage(undefined, draft.id ?? ""));
      }
      const { title, body, summary } = values;
      const sameTitle = await unacceptedSameTitle(request, options, title);
      if (sameTitle.length > 0) return sendForm(request, reply.code(409), { ...form, sameTitle });
      const slug = slugField(request) || undefined;
      const written = await asUser(person.id, () => content.addPage({ title, slug, body, summary }));
      rememberPosition(reply, written);
      await removeFormDraft(options, person.id, null, draft).catch((error: unknown) =>
        request.log.error(error),
      );
      return redirect(reply, addresses.page(written.page.slug), "created");
    } catch (error) {
      return sendForm(request, reply.code(422), { ...form, errors: formErrors(error) });
    }
  });

  const sendForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { withPreview = false, ...form }: Form,
  ) => {
    const preview = withPreview
      ? await renderArticle({ ...form.values, files: [] }, options, request.log)
      : undefined;
    const screen = editPage({
      page: null,
      isUnsaved: request.method === "POST",
      ...form,
      ...(preview === undefined ? {} : { preview }),
    });
    return sendScreen(request, reply, screen, { current: "new" });
  };
};
