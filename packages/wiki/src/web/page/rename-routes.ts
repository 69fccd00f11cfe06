import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { EditConflictError, PageNotFoundError } from "../../application/errors.ts";
import type { PageDetails } from "../../application/pages.ts";
import { nameOf } from "../../application/people.ts";
import { formWriteAccess, writeAccess } from "../../http/access.ts";
import { requirePerson } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { field, slugField } from "../forms/form-fields.ts";
import {
  ancestorVersionsIn,
  checkSubmittable,
  type Errors,
  findPageOfToken,
  findVersion,
  formErrors,
  typedFields,
  versionTokenOf,
} from "../forms/page-form.ts";
import { rememberPosition } from "../last-write.ts";
import { redirect, sendScreen } from "../send-screen.ts";
import { strings } from "../strings/strings.ts";
import type { WebOptions } from "../web-options.ts";
import { type RenamePageProps, renamePage } from "./rename.tsx";

type Form = Pick<RenamePageProps, "values" | "conflict"> & {
  readonly base?: string;
  /** The versions before the base that the change is also based on. */
  readonly ancestorVersions?: readonly number[];
  readonly errors?: Errors;
};

/** Renaming a page. A refused form is shown again with its texts. */
export const renameRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, identity } = options;
  const url = `${addresses.renamePage("")}*`;

  server.get<{ Params: { "*": string } }>(url, writeAccess, async (request, reply) => {
    const page = await pageOf(request.params["*"]);
    if (page.archived) return redirect(reply, addresses.pageById(page.id));
    return sendRename(request, reply, page, { values: { slug: page.slug, summary: "" } });
  });

  server.post<{ Params: { "*": string } }>(url, formWriteAccess, async (request, reply) => {
    const refused = checkSubmittable(request);
    const base = field(request, "base");
    const { slug, summary } = typedFields(request);
    const values = { slug, summary };
    if (refused) {
      // Uses only the request: a person who is signed out may not be allowed to read the page.
      const submitted = { slug: request.params["*"], title: `/${request.params["*"]}` };
      const form = { values, base, ancestorVersions: ancestorVersionsIn(request), errors: refused.errors };
      return sendForm(request, reply.code(refused.status), submitted, form);
    }
    const page = await editedPage(base, request.params["*"]);
    const ancestorVersions = ancestorVersionsIn(request, page);
    const person = requirePerson(request);
    const baseVersion = findVersion(base, page);
    if (baseVersion === undefined) {
      const form = strings.rename.baseUnknown(page.slug);
      return sendRename(request, reply.code(412), page, { values, errors: { form } });
    }
    // Choosing their address in a conflict changes nothing.
    if (field(request, "choice") === "theirs") return redirect(reply, addresses.page(page.slug), "unchanged");
    try {
      const edit = { slug: slugField(request), summary, baseVersion, ancestorVersions };
      const written = await asUser(person.id, () => content.editPage(page.id, edit));
      rememberPosition(reply, written);
      const notice = written.page.slug === page.slug ? "unchanged" : "addressChanged";
      return redirect(reply, addresses.page(written.page.slug), notice);
    } catch (error) {
      if (error instanceof EditConflictError) {
        const conflict = await conflictOf(page.id, error);
        const form = { values, ancestorVersions: [...ancestorVersions, baseVersion], ...conflict };
        return sendRename(request, reply.code(409), form.page, form);
      }
      const errors = formErrors(error);
      return sendRename(request, reply.code(422), page, { values, base, ancestorVersions, errors });
    }
  });

  const pageOf = async (slug: string): Promise<PageDetails> => {
    const found = await content.resolveSlug(slug);
    if (found.kind === "nothing") throw new PageNotFoundError(slug);
    return found.page;
  };

  /** Finds the page by the id in the submitted base, since another page may now have the slug. */
  const editedPage = async (base: string, slug: string): Promise<PageDetails> => {
    return (await findPageOfToken(base, content)) ?? pageOf(slug);
  };

  /**
   * Resolves to the properties of a form that shows a conflict. The current version is the base of the next attempt.
   */
  const conflictOf = async (id: string, { currentVersion, base }: EditConflictError) => {
    const page = await content.getPageById(id, currentVersion);
    const by = page.modifiedBy;
    const name = by === null ? null : nameOf(by, await identity.personsByIds([by]));
    return { page, base: versionTokenOf(page), conflict: { base: base.slug ?? page.slug, by: name } };
  };

  const sendRename = (request: FastifyRequest, reply: FastifyReply, page: PageDetails, form: Form) =>
    sendForm(request, reply, page, { base: versionTokenOf(page), ...form });

  const sendForm = (
    request: FastifyRequest,
    reply: FastifyReply,
    page: Pick<PageDetails, "slug" | "title">,
    { values, errors, base, ancestorVersions = [], conflict }: Form & Required<Pick<Form, "base">>,
  ) => {
    const screen = renamePage({
      page: { slug: page.slug, title: page.title, base, ancestorVersions },
      values,
      ...(errors === undefined ? {} : { errors }),
      ...(conflict === undefined ? {} : { conflict }),
    });
    return sendScreen(request, reply, screen);
  };
};
