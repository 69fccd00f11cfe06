import { LimitExceededError } from "@palimpsest/eventsourcing";
import type { FastifyRequest } from "fastify";
import type { ContentManagement } from "../../application/content-management.ts";
import { BaseVersionError, PageArchivedError, PageNotFoundError } from "../../application/errors.ts";
import type { PageDetails } from "../../application/pages.ts";
import { HttpError } from "../../http/errors.ts";
import { baseVersionOf, etagOf } from "../../http/etag.ts";
import { fieldError } from "../error-text.ts";
import { strings } from "../strings/strings.ts";
import { field } from "./form-fields.ts";

export type Errors = { readonly [name in "title" | "slug" | "body" | "summary" | "form"]?: string };

/** The texts of a form that edits a page, as the browser sent them. */
export interface TypedFields {
  readonly title: string;
  readonly slug: string;
  readonly body: string;
  readonly summary: string;
}

export function typedFields(request: FastifyRequest): TypedFields {
  return {
    title: field(request, "title"),
    slug: field(request, "slug"),
    body: field(request, "body"),
    summary: field(request, "summary"),
  };
}

/**
 * Returns the version of `page` that a form submits, as `versionTokenOf` returns it.
 * @throws HttpError `if-match-failed` if `token` is malformed or is of another page
 * @throws BaseVersionError if the page does not have the version
 */
export function requireVersionOf(token: string, page: Pick<PageDetails, "id" | "version">): number {
  const version = baseVersionOf(`"${token}"`, page.id);
  if (version > page.version) throw new BaseVersionError(version, page.version);
  return version;
}

/** Like `requireVersionOf`, but returns undefined instead of throwing. */
export function findVersion(name: string, page: Pick<PageDetails, "id" | "version">): number | undefined {
  if (name === "") return undefined;
  try {
    return requireVersionOf(name, page);
  } catch (error) {
    if (error instanceof HttpError || error instanceof BaseVersionError) return undefined;
    throw error;
  }
}

const BASE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,15})$/;

/** Returns the page id and version of a version token, which may not exist. Returns undefined for a malformed token. */
export function parseBase(token: string): { readonly id: string; readonly version: number } | undefined {
  const [, id, version] = BASE.exec(token) ?? [];
  return id === undefined ? undefined : { id, version: Number(version) };
}

/** Resolves to the page of a version token. Resolves to undefined if the page does not exist. */
export async function findPageOfToken(
  token: string,
  content: Pick<ContentManagement, "getPageById">,
): Promise<PageDetails | undefined> {
  const base = parseBase(token);
  if (base === undefined) return undefined;
  return content.getPageById(base.id).catch((error: unknown) => {
    if (error instanceof PageNotFoundError) return undefined;
    throw error;
  });
}

/**
 * Returns the versions before the base that a form names (see `AncestorVersionsField`): only the first and the last one,
 * since no others are used. With `page`, it returns only versions that exist.
 */
export function ancestorVersionsIn(
  request: FastifyRequest,
  page?: Pick<PageDetails, "version">,
): readonly number[] {
  const versions = field(request, "made-from").split(" ").map(Number);
  const most = page?.version ?? Number.MAX_SAFE_INTEGER;
  const existing = versions.filter((version) => Number.isInteger(version) && version >= 1 && version <= most);
  const [first, ...later] = existing;
  return first === undefined ? [] : [first, ...later.slice(-1)];
}

/**
 * Returns why a form cannot be accepted now, undefined if it can. The caller then shows the form again, so that no text
 * is lost. Call it before looking up anything for the form.
 */
export function checkSubmittable(
  request: FastifyRequest,
): { readonly status: number; readonly errors: Errors } | undefined {
  return request.person === null ? { status: 401, errors: { form: strings.edit.signedOut } } : undefined;
}

const FIELDS = {
  "invalid-title": "title",
  "invalid-slug": "slug",
  "slug-conflict": "slug",
  "version-conflict": "form",
  "too-many-drafts": "form",
} as const;

/**
 * Returns the errors to show beside the fields. `isDraftSaved` tells that the texts are saved as a draft.
 * @throws `error` itself if it is not about the form
 */
export function formErrors(error: unknown, isDraftSaved = false): Errors {
  if (error instanceof PageArchivedError) {
    return { form: isDraftSaved ? strings.edit.archivedDraftSaved : strings.edit.archived };
  }
  const limited = error instanceof LimitExceededError && error.what.endsWith("summary") ? "summary" : "body";
  const errors = fieldError(error, { ...FIELDS, "limit-exceeded": limited });
  if (errors === undefined) throw error;
  return errors;
}

/** Returns the version token that forms submit as `base` or `theirs`: the ETag without quotes. */
export function versionTokenOf(page: PageDetails): string {
  return etagOf(page).slice(1, -1);
}
