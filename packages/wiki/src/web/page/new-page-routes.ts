import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { withLineEndingsOf } from "../../content/line-endings.ts";
import { authorisePerson } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { forgetDraft, keepNewPageDraft } from "../drafts/keeping.ts";
import { field, formToken } from "../form.ts";
import { goOn, sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { rememberWritten } from "../written.ts";
import { renderArticle } from "./article.ts";
import { type EditPageProps, editPage } from "./edit.tsx";
import { formErrors, typedFields, whyNotNow } from "./typed-form.ts";

type Form = Pick<EditPageProps, "values" | "errors" | "keepsDraft" | "opened" | "otherDraft"> & {
  readonly withPreview?: boolean;
};

/** Making a page. Whatever is refused, what was typed is shown again. */
export const newPageRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, drafts } = options;

  server.get<{ Querystring: { slug?: string } }>(addresses.newPage(), async (request, reply) => {
    const person = authorisePerson(request, "write");
    const slug = String(request.query.slug ?? "");
    const draft = await drafts.get(person.id, null);
    const empty = { title: "", slug, body: "", summary: "" };
    if (draft === undefined) return sendForm(request, reply, { values: empty, keepsDraft: true });
    const { title, body, summary, savedAt } = draft;
    const keptAt = savedAt.toISOString();
    if (slug !== "" && slug !== draft.slug) {
      // What is typed here must not take the place of what was typed there.
      return sendForm(request, reply, { values: empty, keepsDraft: false, otherDraft: { title, keptAt } });
    }
    const values = { title, slug: draft.slug ?? "", body, summary };
    return sendForm(request, reply, { values, keepsDraft: true, opened: { keptAt } });
  });

  server.post(addresses.newPage(), async (request, reply) => {
    const refused = whyNotNow(request, options);
    const typed = typedFields(request);
    const values = { ...typed, body: withLineEndingsOf("", typed.body) };
    const keepsDraft = field(request, "draft") === "kept";
    const form = { values, keepsDraft };
    if (refused) {
      return sendForm(request, reply.code(refused.status), { ...form, errors: refused.errors });
    }
    const person = authorisePerson(request, "write");
    if (field(request, "action") === "preview")
      return sendForm(request, reply, { ...form, withPreview: true });
    try {
      if (field(request, "action") === "draft") {
        await keepNewPageDraft(options, person.id, values);
        return goOn(reply, addresses.newPage());
      }
      const { title, body, summary } = values;
      const slug = values.slug.trim() === "" ? undefined : values.slug.trim();
      const written = await asUser(person.id, () => content.addPage({ title, slug, body, summary }));
      rememberWritten(reply, written);
      if (keepsDraft) await forgetDraft(options, request.log, person.id, null);
      return goOn(reply, addresses.page(written.page.slug), "created");
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
      ? (await renderArticle(form.values, options, request.log)).html
      : undefined;
    const screen = editPage({
      csrf: formToken(request, reply, options),
      page: null,
      isUnkept: request.method === "POST",
      ...form,
      ...(preview === undefined ? {} : { preview }),
    });
    return sendScreen(request, reply, options, screen, { current: "new" });
  };
};
