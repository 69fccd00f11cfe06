import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import {
  appendOwnTexts,
  contradictoryConflicts,
  mergeEdit,
  resolutionsOf,
  resolvedTexts,
} from "../../application/conflict-resolution.ts";
import type { FormDraft } from "../../application/draft-rules.ts";
import { type PageDraft, removeFormDraft, savePageDraft } from "../../application/draft-rules.ts";
import type { Draft } from "../../application/drafts.ts";
import { EditConflictError, PageNotFoundError } from "../../application/errors.ts";
import type { PageDetails, Written } from "../../application/pages.ts";
import { restoreLineEndings } from "../../content/line-endings.ts";
import { authorisePerson } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { renderArticle } from "../article.ts";
import { formDraftIn, newFormDraft } from "../forms/draft-fields.tsx";
import { field, resolutionsIn } from "../forms/form-fields.ts";
import {
  baseOf,
  checkSubmittable,
  type Errors,
  findPageNamed,
  findVersion,
  formErrors,
  madeFromIn,
  type TypedFields,
  typedFields,
} from "../forms/page-form.ts";
import { rememberPosition } from "../last-write.ts";
import { redirect, sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { type EditPageProps, editPage } from "./edit.tsx";
import { draftToOpen, movedOnSince, type OpenedDraft } from "./opened-draft.ts";
import { redisplayForm } from "./redisplayed-form.ts";
import { type ConflictingEdit, sendConflict } from "./send-conflict.ts";

/** What an edit says beside its texts. */
interface Origin {
  /** The versions before its base that it was made from. */
  readonly madeFrom: readonly number[];
  readonly draft: FormDraft;
}

interface PageForm extends Origin {
  readonly values: EditPageProps["values"];
  readonly errors?: Errors;
  /** Names the version the edit starts from; the present one without it. */
  readonly base?: string;
  readonly opened?: EditPageProps["opened"];
  readonly otherDrafts?: number;
  readonly withPreview?: boolean;
}

interface TypedEdit extends Origin {
  readonly title: string;
  readonly body: string;
  readonly summary: string;
}

/** Editing a page. Whatever is refused, what was typed is shown again, and of a conflict kept as well. */
export const editRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content } = options;
  const url = `${addresses.editPage("")}*`;

  type Asked = { Params: { "*": string }; Querystring: { draft?: string } };
  server.get<Asked>(url, async (request, reply) => {
    const person = authorisePerson(request, "write");
    const found = await content.resolveSlug(request.params["*"]);
    if (found.kind === "nothing") throw new PageNotFoundError(request.params["*"]);
    const { page } = found;
    if (page.archived) return redirect(reply, addresses.pageById(page.id));
    const { draft: named } = request.query;
    const opened = await draftToOpen(options, person.id, page.id, named && String(named));
    return openForm(request, reply, page, opened);
  });

  server.post<{ Params: { "*": string } }>(url, async (request, reply) => {
    const slug = request.params["*"];
    const refused = checkSubmittable(request);
    if (refused) return redisplayForm(request, reply.code(refused.status), slug, refused.errors);
    const page = await editedPage(request, slug);
    const came = { madeFrom: madeFromIn(request, page), draft: formDraftIn(request) };
    const typed = { ...typedFields(request), ...came };
    const base = field(request, "base");
    const met = field(request, "theirs");
    const [baseVersion, theirsVersion] = [findVersion(base, page), findVersion(met, page)];
    const isMet = theirsVersion !== undefined && theirsVersion > (baseVersion ?? 0);
    if (baseVersion === undefined || (met !== "" && !isMet)) {
      return redisplayWithoutBase(request, reply, page, typed, baseVersion);
    }
    const started = await content.getPageById(page.id, baseVersion);
    const edit: TypedEdit = { ...typed, body: restoreLineEndings(started.body, typed.body) };
    if (isMet) {
      const theirs = await content.getPageById(page.id, theirsVersion);
      const yours = { ...edit, title: edit.title.trim() };
      return resolve(request, reply, page, { base: started, theirs, yours, ...came });
    }
    const values = { ...edit, slug: page.slug };
    switch (field(request, "action")) {
      case "preview":
        authorisePerson(request, "write");
        return sendForm(request, reply, page, { values, base, ...came, withPreview: true });
      case "draft":
        return keepAsDraft(request, reply, page, started, edit);
      default:
        return save(request, reply, page, started, edit);
    }
  });

  /** Shows the form with a draft, if there is one. */
  const openForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    { draft, others }: OpenedDraft,
  ) => {
    if (draft === undefined) {
      const form = { values: { ...page, summary: "" }, madeFrom: [], draft: newFormDraft() };
      return sendForm(request, reply, page, { ...form, otherDrafts: others });
    }
    const { title, body, summary, resolution } = draft;
    // After a backup was restored, a version may no longer exist: then only the texts are shown.
    const exists = (version: number) =>
      version > (draft.baseVersion ?? page.version) && version <= page.version;
    if (resolution !== undefined && exists(resolution.theirsVersion)) {
      return openConflict(request, reply, page, { draft, others }, resolution.theirsVersion);
    }
    const movedOn = await movedOnSince(options, draft, page);
    return sendForm(request, reply, page, {
      values: { title, slug: page.slug, body: appendOwnTexts(body, resolutionsOf(draft)), summary },
      base: baseOf({ ...page, version: draft.baseVersion ?? page.version }),
      madeFrom: draft.madeFrom ?? [],
      draft: newFormDraft(draft),
      opened: { keptAt: draft.savedAt.toISOString(), ...(movedOn === undefined ? {} : { movedOn }) },
      otherDrafts: others,
    });
  };

  /** Shows a conflict with the choices that a draft contains. */
  const openConflict = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    { draft, others }: { readonly draft: Draft; readonly others: number },
    theirsVersion: number,
  ) => {
    const base = await content.getPageById(page.id, draft.baseVersion ?? undefined);
    const theirs = await content.getPageById(page.id, theirsVersion);
    const yours = { title: draft.title.trim(), body: draft.body, summary: draft.summary };
    const resolutions = resolutionsOf(draft);
    const merge = mergeEdit(base, theirs, yours);
    const resolved = { ...resolvedTexts(merge, resolutions), baseVersion: theirsVersion };
    const movedOn = await movedOnSince(options, resolved, page);
    const keptAt = draft.savedAt.toISOString();
    const since = movedOn === undefined ? {} : { movedOn: { ...movedOn, isResolving: true } };
    const opened = { keptAt, others, ...since };
    const meeting = { base, theirs, yours, madeFrom: draft.madeFrom ?? [], draft: newFormDraft(draft) };
    return sendConflict(request, reply, options, meeting, { merge, resolutions, opened });
  };

  /** Shows the texts again of a form that names no version of this page to save them against. */
  const redisplayWithoutBase = (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    typed: TypedFields & Origin,
    baseVersion: number | undefined,
  ) => {
    const { madeFrom, draft } = typed;
    const body = appendOwnTexts(typed.body, resolutionsIn(request));
    const form =
      baseVersion === undefined
        ? `Nothing is saved: which version of the page your text began with is not known. It is below. Read version ${page.version}, which is there now, before you save: your text takes its place.`
        : "Nothing is saved: which version your text met is not known. It is below, with what you typed for single places at its end. Saving shows again what others changed, too.";
    return sendForm(request, reply.code(412), page, {
      values: { ...typed, body, slug: page.slug },
      ...(baseVersion === undefined ? {} : { base: baseOf({ ...page, version: baseVersion }) }),
      ...(baseVersion === undefined ? { madeFrom: [] } : { madeFrom }),
      draft,
      errors: { form },
    });
  };

  /** The page that a form edits: as its base names it, since its address may be another page's by now. */
  const editedPage = async (request: FastifyRequest, slug: string): Promise<PageDetails> => {
    const named = await findPageNamed(field(request, "base"), content);
    if (named !== undefined) return named;
    const found = await content.resolveSlug(slug);
    if (found.kind === "nothing") throw new PageNotFoundError(slug);
    return found.page;
  };

  const save = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    started: PageDetails,
    { title, body, summary, madeFrom, draft }: TypedEdit,
  ) => {
    const person = authorisePerson(request, "write");
    const typed = { title, body, summary, baseVersion: started.version, madeFrom };
    let written: Written;
    try {
      written = await asUser(person.id, () => content.editPage(page.id, typed));
    } catch (error) {
      // Before anything else is said of it: the window that it is said in may be closed.
      const isKept = await savePageDraft(options, person.id, page, typed, draft).then(
        () => true,
        (cause: unknown) => {
          request.log.warn(cause);
          return false;
        },
      );
      if (!(error instanceof EditConflictError)) {
        const values = { title, slug: page.slug, body, summary };
        const form = { values, base: baseOf(started), madeFrom, draft, errors: formErrors(error, isKept) };
        return sendForm(request, reply.code(422), page, form);
      }
      const theirs = await content.getPageById(page.id, error.currentVersion);
      const yours = { title: title.trim(), body, summary };
      const meeting = { base: started, theirs, yours, madeFrom, draft };
      return sendConflict(request, reply.code(409), options, meeting);
    }
    rememberPosition(reply, written);
    await removeFormDraft(options, person.id, page.id, draft).catch((error: unknown) =>
      request.log.error(error),
    );
    return redirect(reply, addresses.page(written.page.slug), await noticeOf(written, page, started));
  };

  /** Does with a conflict what its form asks for, by the choices that came with it. */
  const resolve = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    meeting: ConflictingEdit,
  ) => {
    const { base, theirs, yours, draft } = meeting;
    const resolutions = resolutionsIn(request);
    if (field(request, "action") === "draft") {
      const edit = { ...yours, madeFrom: meeting.madeFrom, draft };
      return keepAsDraft(request, reply, page, base, edit, { theirsVersion: theirs.version, resolutions });
    }
    authorisePerson(request, "write");
    const merge = mergeEdit(base, theirs, yours);
    const unclear = contradictoryConflicts(merge, resolutions).map(({ name }) => {
      return merge.conflicts.findIndex((conflict) => conflict.name === name) + 1;
    });
    if (unclear.length > 0) {
      const form = `Words of your own are there, but something else is chosen: in ${unclear.join(", ")}. Choose “My own words” there, or put the field back as it was.`;
      return sendConflict(request, reply.code(422), options, meeting, {
        merge,
        resolutions,
        errors: { form },
      });
    }
    const resolved = resolvedTexts(merge, resolutions);
    const madeFrom = [...meeting.madeFrom, base.version];
    const edit = { ...resolved, summary: yours.summary, madeFrom, draft };
    switch (field(request, "action")) {
      case "preview":
        return sendConflict(request, reply, options, meeting, { merge, resolutions, result: resolved });
      case "edit": {
        const values = { ...edit, slug: page.slug };
        return sendForm(request, reply, page, { values, base: baseOf(theirs), madeFrom, draft });
      }
      default:
        return save(request, reply, page, theirs, edit);
    }
  };

  const keepAsDraft = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    started: PageDetails,
    { madeFrom, draft, ...edit }: TypedEdit,
    resolution?: PageDraft["resolution"],
  ) => {
    const person = authorisePerson(request, "write");
    const typed = { ...edit, baseVersion: started.version, madeFrom };
    try {
      await savePageDraft(options, person.id, page, { ...typed, ...(resolution && { resolution }) }, draft);
      // That draft, and not the newest one, which may be another window's.
      const { id } = draft;
      const to = page.archived ? addresses.draft(page.id, id ?? "") : addresses.editPage(page.slug, id ?? "");
      return redirect(reply, to);
    } catch (error) {
      const body = appendOwnTexts(edit.body, resolution?.resolutions ?? new Map());
      const values = { ...edit, body, slug: page.slug };
      const errors = formErrors(error);
      const form = { values, base: baseOf(started), madeFrom, draft, errors };
      return sendForm(request, reply.code(422), page, form);
    }
  };

  /** What the page says of the save: what it was merged with that its author had not seen, if it was. */
  const noticeOf = async (
    { page, merged }: Written,
    before: PageDetails,
    started: PageDetails,
  ): Promise<string> => {
    if (!merged) return page.version === before.version ? "unchanged" : "saved";
    const [last] = await content.record.history(page.id, { before: page.version + 1, limit: 1 });
    return last?.merged ? `merged.${started.version}.${last.merged.current}.${page.version}` : "saved";
  };

  const sendForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    { values, errors, base, madeFrom, draft, opened, otherDrafts = 0, withPreview }: PageForm,
  ) => {
    const preview = withPreview ? (await renderArticle(values, options, request.log)).html : undefined;
    const screen = editPage({
      page: {
        id: page.id,
        // What the form says of newer versions, the live notice need not say again.
        version: (base !== undefined && !opened && findVersion(base, page)) || page.version,
        slug: page.slug,
        title: page.title,
        base: base ?? baseOf(page),
        madeFrom,
      },
      values,
      draft,
      otherDrafts,
      isUnkept: request.method === "POST",
      ...(opened === undefined ? {} : { opened }),
      ...(errors === undefined ? {} : { errors }),
      ...(preview === undefined ? {} : { preview }),
    });
    return sendScreen(request, reply, screen);
  };
};
