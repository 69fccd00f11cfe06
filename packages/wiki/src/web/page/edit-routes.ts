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
import type { CommandResult, PageDetails } from "../../application/pages.ts";
import { restoreLineEndings } from "../../content/line-endings.ts";
import { pageFormWriteAccess, writeAccess } from "../../http/access.ts";
import { requirePerson } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { renderArticle } from "../article.ts";
import { formDraftIn, newFormDraft } from "../forms/draft-fields.tsx";
import { field, resolutionsIn } from "../forms/form-fields.ts";
import {
  ancestorVersionsIn,
  checkSubmittable,
  type Errors,
  findPageOfToken,
  findVersion,
  formErrors,
  type TypedFields,
  typedFields,
  versionTokenOf,
} from "../forms/page-form.ts";
import { unacceptedSameTitle } from "../forms/same-title.tsx";
import { rememberPosition } from "../last-write.ts";
import { redirect, sendScreen } from "../send-screen.ts";
import { strings } from "../strings/strings.ts";
import type { WebOptions } from "../web-options.ts";
import { type EditPageProps, editPage } from "./edit.tsx";
import { draftToOpen, newerVersionsSince, type OpenedDraft } from "./opened-draft.ts";
import { redisplayForm } from "./redisplayed-form.ts";
import { type ConflictingEdit, sendConflict } from "./send-conflict.ts";

interface Origin {
  /** The versions before the base that the edit is also based on. */
  readonly ancestorVersions: readonly number[];
  readonly draft: FormDraft;
}

interface PageForm extends Origin {
  readonly values: EditPageProps["values"];
  readonly errors?: Errors;
  /** The version token of the base; by default of the current version. */
  readonly base?: string;
  readonly openedDraft?: EditPageProps["openedDraft"];
  readonly otherDrafts?: number;
  readonly withPreview?: boolean;
  readonly sameTitle?: EditPageProps["sameTitle"];
}

interface TypedEdit extends Origin {
  readonly title: string;
  readonly body: string;
  readonly summary: string;
}

/** Editing a page. A refused form is shown again with its texts, and a conflict is also stored as a draft. */
export const editRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, workers } = options;
  const url = `${addresses.editPage("")}*`;

  type EditRequest = { Params: { "*": string }; Querystring: { draft?: string } };
  server.get<EditRequest>(url, writeAccess, async (request, reply) => {
    const person = requirePerson(request);
    const found = await content.resolveSlug(request.params["*"]);
    if (found.kind === "nothing") throw new PageNotFoundError(request.params["*"]);
    const { page } = found;
    if (page.archived) return redirect(reply, addresses.pageById(page.id));
    const { draft: named } = request.query;
    const openedDraft = await draftToOpen(options, person.id, page.id, named && String(named));
    return openForm(request, reply, page, openedDraft);
  });

  server.post<{ Params: { "*": string } }>(url, pageFormWriteAccess, async (request, reply) => {
    const slug = request.params["*"];
    const refused = checkSubmittable(request);
    if (refused) return redisplayForm(request, reply.code(refused.status), slug, refused.errors);
    const page = await editedPage(request, slug);
    const origin = { ancestorVersions: ancestorVersionsIn(request, page), draft: formDraftIn(request) };
    const typed = { ...typedFields(request), ...origin };
    const [baseField, theirsField] = [field(request, "base"), field(request, "theirs")];
    const baseVersion = findVersion(baseField, page);
    const theirsVersion = findVersion(theirsField, page);
    const isConflict = theirsVersion !== undefined && theirsVersion > (baseVersion ?? 0);
    if (baseVersion === undefined || (theirsField !== "" && !isConflict)) {
      return redisplayUnknownVersion(request, reply, page, typed, baseVersion);
    }
    const base = await content.getPageById(page.id, baseVersion);
    const edit: TypedEdit = { ...typed, body: restoreLineEndings(base.body, typed.body) };
    if (isConflict) {
      const theirs = await content.getPageById(page.id, theirsVersion);
      const yours = { ...edit, title: edit.title.trim() };
      return resolve(request, reply, page, { base, theirs, yours, ...origin });
    }
    const values = { ...edit, slug: page.slug };
    switch (field(request, "action")) {
      case "preview":
        return sendForm(request, reply, page, { values, base: baseField, ...origin, withPreview: true });
      case "draft":
        return saveDraft(request, reply, page, base, edit);
      default: {
        const isNewTitle = edit.title.trim() !== base.title;
        const sameTitle = isNewTitle ? await unacceptedSameTitle(request, options, edit.title, page.id) : [];
        if (sameTitle.length === 0) return save(request, reply, page, base, edit);
        return sendForm(request, reply.code(409), page, { values, base: baseField, ...origin, sameTitle });
      }
    }
  });

  const openForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    { draft, others }: OpenedDraft,
  ) => {
    if (draft === undefined) {
      const form = { values: { ...page, summary: "" }, ancestorVersions: [], draft: newFormDraft() };
      return sendForm(request, reply, page, { ...form, otherDrafts: others });
    }
    const { title, body, summary, resolution } = draft;
    // After a backup was restored, a version may no longer exist: then only the texts are shown.
    const exists = (version: number) =>
      version > (draft.baseVersion ?? page.version) && version <= page.version;
    if (resolution !== undefined && exists(resolution.theirsVersion)) {
      return openConflict(request, reply, page, { draft, others }, resolution.theirsVersion);
    }
    const newerVersions = await newerVersionsSince(options, draft, page);
    return sendForm(request, reply, page, {
      values: { title, slug: page.slug, body: appendOwnTexts(body, resolutionsOf(draft)), summary },
      base: versionTokenOf({ ...page, version: draft.baseVersion ?? page.version }),
      ancestorVersions: draft.ancestorVersions ?? [],
      draft: newFormDraft(draft),
      openedDraft: {
        savedAt: draft.savedAt.toISOString(),
        ...(newerVersions === undefined ? {} : { newerVersions }),
      },
      otherDrafts: others,
    });
  };

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
    const merge = await mergeEdit(base, theirs, yours, workers);
    const resolved = { ...resolvedTexts(merge, resolutions), baseVersion: theirsVersion };
    const newerVersions = await newerVersionsSince(options, resolved, page);
    const savedAt = draft.savedAt.toISOString();
    const since =
      newerVersions === undefined ? {} : { newerVersions: { ...newerVersions, isResolving: true } };
    const openedDraft = { savedAt, others, ...since };
    const conflict = {
      base,
      theirs,
      yours,
      ancestorVersions: draft.ancestorVersions ?? [],
      draft: newFormDraft(draft),
    };
    return sendConflict(request, reply, options, conflict, { merge, resolutions, openedDraft });
  };

  /** Shows a form again if its base version or the version it conflicts with is unknown. */
  const redisplayUnknownVersion = (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    typed: TypedFields & Origin,
    baseVersion: number | undefined,
  ) => {
    const { ancestorVersions, draft } = typed;
    const body = appendOwnTexts(typed.body, resolutionsIn(request));
    const form =
      baseVersion === undefined ? strings.edit.baseUnknown(page.version) : strings.edit.conflictUnknown;
    return sendForm(request, reply.code(412), page, {
      values: { ...typed, body, slug: page.slug },
      ...(baseVersion === undefined ? {} : { base: versionTokenOf({ ...page, version: baseVersion }) }),
      ...(baseVersion === undefined ? { ancestorVersions: [] } : { ancestorVersions }),
      draft,
      errors: { form },
    });
  };

  /** Finds the page by the id in the submitted base, since another page may now have the slug. */
  const editedPage = async (request: FastifyRequest, slug: string): Promise<PageDetails> => {
    const page = await findPageOfToken(field(request, "base"), content);
    if (page !== undefined) return page;
    const found = await content.resolveSlug(slug);
    if (found.kind === "nothing") throw new PageNotFoundError(slug);
    return found.page;
  };

  const save = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    base: PageDetails,
    { title, body, summary, ancestorVersions, draft }: TypedEdit,
  ) => {
    const person = requirePerson(request);
    const typed = { title, body, summary, baseVersion: base.version, ancestorVersions };
    let written: CommandResult;
    try {
      written = await asUser(person.id, () => content.editPage(page.id, typed));
    } catch (error) {
      // The draft is stored before the response is sent, since the person may close the window.
      const isDraftSaved = await savePageDraft(options, person.id, page, typed, draft).then(
        () => true,
        (cause: unknown) => {
          request.log.warn(cause);
          return false;
        },
      );
      if (!(error instanceof EditConflictError)) {
        const values = { title, slug: page.slug, body, summary };
        const errors = formErrors(error, isDraftSaved);
        const form = { values, base: versionTokenOf(base), ancestorVersions, draft, errors };
        return sendForm(request, reply.code(422), page, form);
      }
      const theirs = await content.getPageById(page.id, error.currentVersion);
      const yours = { title: title.trim(), body, summary };
      return sendConflict(request, reply.code(409), options, {
        base,
        theirs,
        yours,
        ancestorVersions,
        draft,
      });
    }
    rememberPosition(reply, written);
    await removeFormDraft(options, person.id, page.id, draft).catch((error: unknown) =>
      request.log.error(error),
    );
    return redirect(reply, addresses.page(written.page.slug), await noticeOf(written, page, base));
  };

  const resolve = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    conflict: ConflictingEdit,
  ) => {
    const { base, theirs, yours, draft } = conflict;
    const resolutions = resolutionsIn(request);
    if (field(request, "action") === "draft") {
      const edit = { ...yours, ancestorVersions: conflict.ancestorVersions, draft };
      return saveDraft(request, reply, page, base, edit, { theirsVersion: theirs.version, resolutions });
    }
    const merge = await mergeEdit(base, theirs, yours, workers);
    const contradictory = contradictoryConflicts(merge, resolutions).map(
      (one) => merge.conflicts.indexOf(one) + 1,
    );
    if (contradictory.length > 0) {
      const form = strings.conflict.choiceUnclear(contradictory);
      return sendConflict(request, reply.code(422), options, conflict, {
        merge,
        resolutions,
        errors: { form },
      });
    }
    const resolved = resolvedTexts(merge, resolutions);
    const ancestorVersions = [...conflict.ancestorVersions, base.version];
    const edit = { ...resolved, summary: yours.summary, ancestorVersions, draft };
    switch (field(request, "action")) {
      case "preview":
        return sendConflict(request, reply, options, conflict, { merge, resolutions, result: resolved });
      case "edit": {
        const values = { ...edit, slug: page.slug };
        return sendForm(request, reply, page, {
          values,
          base: versionTokenOf(theirs),
          ancestorVersions,
          draft,
        });
      }
      default:
        return save(request, reply, page, theirs, edit);
    }
  };

  const saveDraft = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    base: PageDetails,
    { ancestorVersions, draft, ...edit }: TypedEdit,
    resolution?: PageDraft["resolution"],
  ) => {
    const person = requirePerson(request);
    const typed = { ...edit, baseVersion: base.version, ancestorVersions };
    try {
      await savePageDraft(options, person.id, page, { ...typed, ...(resolution && { resolution }) }, draft);
      // Without an id, the form would open the newest draft, which may belong to another window.
      const { id } = draft;
      const to = page.archived ? addresses.draft(page.id, id ?? "") : addresses.editPage(page.slug, id ?? "");
      return redirect(reply, to);
    } catch (error) {
      const body = appendOwnTexts(edit.body, resolution?.resolutions ?? new Map());
      const values = { ...edit, body, slug: page.slug };
      const errors = formErrors(error);
      const form = { values, base: versionTokenOf(base), ancestorVersions, draft, errors };
      return sendForm(request, reply.code(422), page, form);
    }
  };

  /** Returns the notice that the page shows after a save, with the versions that it was merged with. */
  const noticeOf = async (
    { page, merged }: CommandResult,
    before: PageDetails,
    base: PageDetails,
  ): Promise<string> => {
    const saved = `saved.${page.version}`;
    if (!merged) return page.version === before.version ? "unchanged" : saved;
    const [last] = await content.record.history(page.id, { before: page.version + 1, limit: 1 });
    return last?.merged ? `merged.${base.version}.${last.merged.current}.${page.version}` : saved;
  };

  const sendForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    {
      values,
      errors,
      base,
      ancestorVersions,
      draft,
      openedDraft,
      otherDrafts = 0,
      withPreview,
      sameTitle,
    }: PageForm,
  ) => {
    const preview = withPreview
      ? await renderArticle({ ...values, files: page.files }, options, request.log)
      : undefined;
    const screen = editPage({
      page: {
        id: page.id,
        // The form mentions versions up to this one itself, so the live notice starts after it.
        version: (base !== undefined && !openedDraft && findVersion(base, page)) || page.version,
        slug: page.slug,
        title: page.title,
        base: base ?? versionTokenOf(page),
        ancestorVersions,
      },
      values,
      draft,
      otherDrafts,
      isUnsaved: request.method === "POST",
      ...(openedDraft === undefined ? {} : { openedDraft }),
      ...(errors === undefined ? {} : { errors }),
      ...(preview === undefined ? {} : { preview }),
      ...(sameTitle === undefined ? {} : { sameTitle }),
    });
    return sendScreen(request, reply, screen);
  };
};
