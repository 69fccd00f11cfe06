import { asUser, CodedError, LimitExceededError } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { PageDetails } from "../../application/content-management.ts";
import { EditConflictError, PageNotFoundError } from "../../application/errors.ts";
import { nameOf } from "../../application/people.ts";
import { withLineEndingsOf } from "../../content/line-endings.ts";
import { HttpError } from "../../http/errors.ts";
import { baseVersionOf } from "../../http/etag.ts";
import { authorise, authorisePerson } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { field, formIsOurs, formToken } from "../form.ts";
import { goOn, sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { renderArticle } from "./article.ts";
import { editConflict } from "./conflict.tsx";
import { type EditPageProps, editPage } from "./edit.tsx";
import { baseOf } from "./read-routes.ts";
import { renamePage } from "./rename.tsx";

type SlugRequest = FastifyRequest<{ Params: { "*": string } }>;
type Errors = { readonly [name in "title" | "slug" | "body" | "summary" | "form"]?: string };

/** Writing: a new page, an edit, another address. Whatever is refused, what was typed is shown again. */
export const editRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, identity, policy } = options;

  const pageOf = async (request: SlugRequest): Promise<PageDetails> => {
    const slug = request.params["*"];
    const found = await content.resolveSlug(slug);
    if (found.kind === "nothing") throw new PageNotFoundError(slug);
    return found.page;
  };

  const sendForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails | null,
    form: Pick<EditPageProps, "values" | "errors"> & {
      readonly base?: string;
      readonly withPreview?: boolean;
    },
  ) => {
    const { values, errors, base } = form;
    const preview = form.withPreview
      ? (await renderArticle(values.body, options, request.log)).html
      : undefined;
    const screen = editPage({
      csrf: formToken(request, reply, options),
      page: page && {
        id: page.id,
        version: base === undefined ? page.version : baseVersionOf(`"${base}"`, page.id),
        slug: page.slug,
        title: page.title,
        base: base ?? baseOf(page),
      },
      values,
      ...(errors === undefined ? {} : { errors }),
      ...(preview === undefined ? {} : { preview }),
    });
    return sendScreen(request, reply, options, screen, page === null ? { current: "new" } : {});
  };

  server.get<{ Querystring: { slug?: string } }>(addresses.newPage(), async (request, reply) => {
    authorisePerson(request, "write");
    const { slug = "" } = request.query;
    return sendForm(request, reply, null, {
      values: { title: "", slug: String(slug), body: "", summary: "" },
    });
  });

  server.post(addresses.newPage(), async (request, reply) => {
    const typed = typedFields(request);
    const values = { ...typed, body: withLineEndingsOf("", typed.body) };
    const refused = whyNotNow(request, options);
    if (refused)
      return sendForm(request, reply.code(refused.status), null, { values, errors: refused.errors });
    const person = authorisePerson(request, "write");
    if (field(request, "action") === "preview") {
      return sendForm(request, reply, null, { values, withPreview: true });
    }
    try {
      const { title, body, summary } = values;
      const slug = values.slug.trim() === "" ? undefined : values.slug.trim();
      const written = await asUser(person.id, () => content.addPage({ title, slug, body, summary }));
      return goOn(reply, addresses.page(written.page.slug), "created");
    } catch (error) {
      return sendForm(request, reply.code(422), null, { values, errors: formErrors(error) });
    }
  });

  server.get<{ Params: { "*": string } }>(`${addresses.editPage("")}*`, async (request, reply) => {
    authorisePerson(request, "write");
    const page = await pageOf(request);
    const values = { title: page.title, slug: page.slug, body: page.body, summary: "" };
    return sendForm(request, reply, page, { values });
  });

  server.post<{ Params: { "*": string } }>(`${addresses.editPage("")}*`, async (request, reply) => {
    // Before anything of the page is looked up: whoever may not read is told nothing of it.
    authorise(request, "read", policy);
    const page = await pageOf(request);
    const base = field(request, "base");
    const values = { ...typedFields(request), slug: page.slug };
    const refused = whyNotNow(request, options);
    if (refused)
      return sendForm(request, reply.code(refused.status), page, { values, base, errors: refused.errors });
    const person = authorisePerson(request, "write");
    const started = await content.getPageById(page.id, baseVersionOf(`"${base}"`, page.id));
    const body = withLineEndingsOf(started.body, values.body);
    if (field(request, "action") === "preview") {
      return sendForm(request, reply, page, { values: { ...values, body }, base, withPreview: true });
    }
    const { title, summary } = values;
    try {
      const edit = { title, body, summary, baseVersion: started.version };
      const written = await asUser(person.id, () => content.editPage(page.id, edit));
      const unchanged = written.page.version === page.version;
      return goOn(reply, addresses.page(written.page.slug), unchanged ? "unchanged" : "saved");
    } catch (error) {
      if (!(error instanceof EditConflictError)) {
        return sendForm(request, reply.code(422), page, {
          values: { ...values, body },
          base,
          errors: formErrors(error),
        });
      }
      return sendConflict(request, reply, started, { title, body, summary });
    }
  });

  const sendConflict = async (
    request: FastifyRequest,
    reply: FastifyReply,
    base: PageDetails,
    yours: { readonly title: string; readonly body: string; readonly summary: string },
  ) => {
    const theirs = await content.getPageById(base.id);
    const by = theirs.modifiedBy;
    const screen = editConflict({
      csrf: formToken(request, reply, options),
      slug: theirs.slug,
      base: { version: base.version, title: base.title, body: base.body },
      theirs: {
        version: theirs.version,
        title: theirs.title,
        body: theirs.body,
        at: theirs.modifiedAt.toISOString(),
        by: by === null ? null : nameOf(by, await identity.personsByIds([by])),
        base: baseOf(theirs),
      },
      yours,
    });
    return sendScreen(request, reply.code(409), options, screen);
  };

  const sendRename = (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    form: {
      readonly values: { slug: string; summary: string };
      readonly base?: string;
      readonly errors?: Errors;
    },
  ) => {
    const { values, errors, base = baseOf(page) } = form;
    const screen = renamePage({
      csrf: formToken(request, reply, options),
      page: { slug: page.slug, title: page.title, base },
      values,
      ...(errors === undefined ? {} : { errors }),
    });
    return sendScreen(request, reply, options, screen);
  };

  server.get<{ Params: { "*": string } }>(`${addresses.renamePage("")}*`, async (request, reply) => {
    authorisePerson(request, "write");
    const page = await pageOf(request);
    return sendRename(request, reply, page, { values: { slug: page.slug, summary: "" } });
  });

  server.post<{ Params: { "*": string } }>(`${addresses.renamePage("")}*`, async (request, reply) => {
    // Before anything of the page is looked up: whoever may not read is told nothing of it.
    authorise(request, "read", policy);
    const page = await pageOf(request);
    const { slug, summary } = typedFields(request);
    const base = field(request, "base");
    const refused = whyNotNow(request, options);
    if (refused) {
      return sendRename(request, reply.code(refused.status), page, {
        values: { slug, summary },
        base,
        ...refused,
      });
    }
    const person = authorisePerson(request, "write");
    const edit = { slug: slug.trim(), summary, baseVersion: baseVersionOf(`"${base}"`, page.id) };
    try {
      const written = await asUser(person.id, () => content.editPage(page.id, edit));
      return goOn(
        reply,
        addresses.page(written.page.slug),
        written.page.slug === page.slug ? "unchanged" : "renamed",
      );
    } catch (error) {
      return sendRename(request, reply.code(422), page, {
        values: { slug, summary },
        errors: formErrors(error),
      });
    }
  });
};

function typedFields(request: FastifyRequest) {
  return {
    title: field(request, "title"),
    slug: field(request, "slug"),
    body: field(request, "body"),
    summary: field(request, "summary"),
  };
}

/** Why a form cannot be taken at this moment, though it may be in a moment: nothing typed is to be lost by that. */
function whyNotNow(
  request: FastifyRequest,
  options: WebOptions,
): { readonly status: number; readonly errors: Errors } | undefined {
  if (request.person === null) {
    const form =
      "You are signed out. Sign in in another window, then save here: what you typed is still below.";
    return { status: 401, errors: { form } };
  }
  if (formIsOurs(request, options)) return undefined;
  return {
    status: 403,
    errors: { form: "The form was open for too long. What you typed is still below: save it again." },
  };
}

const FIELD_OF_CODE: Readonly<Record<string, keyof Errors>> = {
  "invalid-title": "title",
  "invalid-slug": "slug",
  "slug-conflict": "slug",
  "edit-conflict": "form",
  "version-conflict": "form",
};

/** Returns the errors to show beside the fields. @throws `error` itself when it is not about what was typed */
function formErrors(error: unknown): Errors {
  if (error instanceof HttpError || !(error instanceof CodedError)) throw error;
  const name =
    error instanceof LimitExceededError
      ? error.what.endsWith("summary")
        ? "summary"
        : "body"
      : FIELD_OF_CODE[error.code];
  if (name === undefined) throw error;
  return { [name]: error.message };
}
