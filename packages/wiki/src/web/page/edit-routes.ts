import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { EditConflictError, PageNotFoundError } from "../../application/errors.ts";
import type { PageDetails, Written } from "../../application/pages.ts";
import { withLineEndingsOf } from "../../content/line-endings.ts";
import { authorise, authorisePerson } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { forgetDraft, keepDraft } from "../drafts/keeping.ts";
import { movedOnSince } from "../drafts/opened-draft.ts";
import { field, formToken } from "../form.ts";
import { goOn, sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { rememberWritten } from "../written.ts";
import { renderArticle } from "./article.ts";
import { type MeetingEdit, sendConflict, settlementsIn } from "./conflict-answer.ts";
import { refusedConflict } from "./conflict-refused.tsx";
import { type EditPageProps, editPage } from "./edit.tsx";
import { baseOf } from "./read-routes.ts";
import { mergeOfEdit, settledTexts, unclearConflicts } from "./settling.ts";
import {
  type Errors,
  formErrors,
  namedVersion,
  type TypedFields,
  typedFields,
  whyNotNow,
} from "./typed-form.ts";

interface PageForm {
  readonly values: EditPageProps["values"];
  readonly errors?: Errors;
  /** Names the version the edit starts from; the present one without it. */
  readonly base?: string;
  readonly opened?: EditPageProps["opened"];
  readonly withPreview?: boolean;
}

interface TypedEdit {
  readonly title: string;
  readonly body: string;
  readonly summary: string;
}

/** Editing a page. Whatever is refused, what was typed is shown again, and of a conflict kept as well. */
export const editRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, drafts, policy } = options;
  const url = `${addresses.editPage("")}*`;

  server.get<{ Params: { "*": string } }>(url, async (request, reply) => {
    const person = authorisePerson(request, "write");
    const found = await content.resolveSlug(request.params["*"]);
    if (found.kind === "nothing") throw new PageNotFoundError(request.params["*"]);
    const { page } = found;
    if (page.archived) return goOn(reply, addresses.pageById(page.id));
    const draft = await drafts.get(person.id, page.id);
    if (draft === undefined) {
      return sendForm(request, reply, page, { values: { ...page, summary: "" } });
    }
    const { title, body, summary, savedAt } = draft;
    const movedOn = await movedOnSince(options, draft, page);
    return sendForm(request, reply, page, {
      values: { title, slug: page.slug, body, summary },
      base: baseOf({ ...page, version: draft.baseVersion ?? page.version }),
      opened: { keptAt: savedAt.toISOString(), ...(movedOn === undefined ? {} : { movedOn }) },
    });
  });

  server.post<{ Params: { "*": string } }>(url, async (request, reply) => {
    // Before anything of the page is looked up: whoever may not read is told nothing of it.
    authorise(request, "read", policy);
    const refused = whyNotNow(request, options);
    const page = await editedPage(request, request.params["*"]);
    const base = field(request, "base");
    const baseVersion = namedVersion(base, page);
    const typed = typedFields(request);
    if (refused) return showAgain(request, reply.code(refused.status), page, typed, refused.errors);
    const started = await content.getPageById(page.id, baseVersion);
    const edit: TypedEdit = { ...typed, body: withLineEndingsOf(started.body, typed.body) };
    const met = field(request, "theirs");
    if (met !== "") {
      const theirs = await content.getPageById(page.id, namedVersion(met, page));
      const meeting = { base: started, theirs, yours: { ...edit, title: edit.title.trim() } };
      return settle(request, reply, page, meeting);
    }
    const values = { ...edit, slug: page.slug };
    switch (field(request, "action")) {
      case "preview":
        authorisePerson(request, "write");
        return sendForm(request, reply, page, { values, base, withPreview: true });
      case "draft":
        return keepAsDraft(request, reply, page, started, edit);
      default:
        return save(request, reply, page, started, edit);
    }
  });

  /** Shows a form as it came: a merge, or an old version, is worked out only for who may save it. */
  const showAgain = (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    typed: TypedFields,
    errors: Errors,
  ) => {
    const [base, theirs] = [field(request, "base"), field(request, "theirs")];
    if (theirs === "") {
      return sendForm(request, reply, page, { values: { ...typed, slug: page.slug }, base, errors });
    }
    const csrf = formToken(request, reply, options);
    const settlements = settlementsIn(request);
    const screen = refusedConflict({ csrf, page, base, theirs, yours: typed, settlements, errors });
    return sendScreen(request, reply, options, screen);
  };

  /** The page that a form edits: as its base names it, since its address may be another page's by now. */
  const editedPage = async (request: FastifyRequest, slug: string): Promise<PageDetails> => {
    const [, id] = /^([0-9a-f-]{36})\./.exec(field(request, "base")) ?? [];
    if (id !== undefined) return content.getPageById(id);
    const found = await content.resolveSlug(slug);
    if (found.kind === "nothing") throw new PageNotFoundError(slug);
    return found.page;
  };

  const save = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    started: PageDetails,
    { title, body, summary }: TypedEdit,
  ) => {
    const person = authorisePerson(request, "write");
    const typed = { title, body, summary, baseVersion: started.version };
    let written: Written;
    try {
      written = await asUser(person.id, () => content.editPage(page.id, typed));
    } catch (error) {
      // Before anything else is said of it: the window that it is said in may be closed.
      await keepDraft(options, person.id, page, typed).catch((cause: unknown) => request.log.warn(cause));
      if (!(error instanceof EditConflictError)) {
        const values = { title, slug: page.slug, body, summary };
        const form = { values, base: baseOf(started), errors: formErrors(error) };
        return sendForm(request, reply.code(422), page, form);
      }
      const theirs = await content.getPageById(page.id, error.currentVersion);
      const yours = { title: title.trim(), body, summary };
      return sendConflict(request, reply.code(409), options, { base: started, theirs, yours });
    }
    rememberWritten(reply, written);
    await forgetDraft(options, request.log, person.id, page.id);
    return goOn(reply, addresses.page(written.page.slug), await noticeOf(written, page));
  };

  /** Does with a conflict what its form asks for, by the choices that came with it. */
  const settle = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    meeting: MeetingEdit,
  ) => {
    authorisePerson(request, "write");
    const merge = mergeOfEdit(meeting.base, meeting.theirs, meeting.yours);
    const settlements = settlementsIn(request);
    const unclear = unclearConflicts(merge, settlements).map(({ name }) => {
      return merge.conflicts.findIndex((conflict) => conflict.name === name) + 1;
    });
    if (unclear.length > 0) {
      const form = `Words of your own are there, but something else is chosen: in ${unclear.join(", ")}. Choose “My own words” there, or put the field back as it was.`;
      return sendConflict(request, reply.code(422), options, meeting, {
        merge,
        settlements,
        errors: { form },
      });
    }
    const settled = settledTexts(merge, settlements);
    const edit = { ...settled, summary: meeting.yours.summary };
    switch (field(request, "action")) {
      case "preview":
        return sendConflict(request, reply, options, meeting, { merge, settlements, result: settled });
      case "edit": {
        const values = { ...edit, slug: page.slug };
        return sendForm(request, reply, page, { values, base: baseOf(meeting.theirs) });
      }
      default:
        return save(request, reply, page, meeting.theirs, edit);
    }
  };

  const keepAsDraft = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    started: PageDetails,
    edit: TypedEdit,
  ) => {
    const person = authorisePerson(request, "write");
    try {
      await keepDraft(options, person.id, page, { ...edit, baseVersion: started.version });
      return goOn(reply, page.archived ? addresses.draft(page.id) : addresses.editPage(page.slug));
    } catch (error) {
      const values = { ...edit, slug: page.slug };
      const errors = formErrors(error);
      return sendForm(request, reply.code(422), page, { values, base: baseOf(started), errors });
    }
  };

  /** What the page says of the save: what it was merged with, if it was. */
  const noticeOf = async ({ page, merged }: Written, before: PageDetails): Promise<string> => {
    if (!merged) return page.version === before.version ? "unchanged" : "saved";
    const [last] = await content.record.history(page.id, { before: page.version + 1, limit: 1 });
    return last?.merged ? `merged.${last.merged.base}.${last.merged.current}.${page.version}` : "saved";
  };

  const sendForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    { values, errors, base, opened, withPreview }: PageForm,
  ) => {
    const preview = withPreview ? (await renderArticle(values, options, request.log)).html : undefined;
    const screen = editPage({
      csrf: formToken(request, reply, options),
      page: {
        id: page.id,
        // What the form says of newer versions, the live notice need not say again.
        version: base === undefined || opened ? page.version : namedVersion(base, page),
        slug: page.slug,
        title: page.title,
        base: base ?? baseOf(page),
      },
      values,
      keepsDraft: true,
      isUnkept: request.method === "POST",
      ...(opened === undefined ? {} : { opened }),
      ...(errors === undefined ? {} : { errors }),
      ...(preview === undefined ? {} : { preview }),
    });
    return sendScreen(request, reply, options, screen);
  };
};
