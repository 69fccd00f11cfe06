import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import {
  EditConflictError,
  PageArchivedError,
  SlugConflictError,
  UndoRefusedError,
} from "../../application/errors.ts";
import type { CommandResult, PageDetails } from "../../application/pages.ts";
import { InvalidSlugError } from "../../content/slug.ts";
import { writeAccess } from "../../http/access.ts";
import { baseVersionOf } from "../../http/etag.ts";
import { requirePerson } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { errorText } from "../error-text.ts";
import { field, slugField } from "../forms/form-fields.ts";
import { versionTokenOf } from "../forms/page-form.ts";
import { rememberPosition } from "../last-write.ts";
import { pageOfAddress, requireVersion } from "../page-parameters.ts";
import { redirect, sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { archiveConflict, commandRefused, slugTaken, versionConflict } from "./refused.tsx";
import { unarchiveScreen } from "./unarchive.tsx";

type PageRequest = FastifyRequest<{ Params: { id: string } }>;

interface Command {
  readonly page: PageDetails;
  readonly summary: string;
  readonly baseVersion: number;
}

/** Restoring, undoing, archiving and unarchiving. The forms send the version that they were shown for as `base`. */
export const versionCommands: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content } = options;

  server.post<{ Params: { id: string } }>(addresses.restore(":id"), writeAccess, async (request, reply) => {
    const { personId, page, summary, baseVersion } = await commandIn(request);
    const version = versionInForm(request);
    try {
      const command = { version, summary, baseVersion };
      const written = await asUser(personId, () => content.restorePage(page.id, command));
      return redirectToPage(reply, written, page, "restored");
    } catch (error) {
      const conflict = error instanceof EditConflictError;
      if (!conflict) return refuse(request, reply, page.id, error);
      return sendConflict(request, reply, error, "restore", { first: version, last: version });
    }
  });

  server.post<{ Params: { id: string } }>(addresses.undo(":id"), writeAccess, async (request, reply) => {
    const { personId, page, summary, baseVersion } = await commandIn(request);
    const version = versionInForm(request);
    try {
      const command = { version, summary, baseVersion };
      const written = await asUser(personId, () => content.undoEdit(page.id, command));
      return redirectToPage(reply, written, page, "undone");
    } catch (error) {
      const taken = error instanceof SlugConflictError;
      if (!(taken || error instanceof EditConflictError)) return refuse(request, reply, page.id, error);
      const edit = (await content.record.versionsOfSave(page.id, version)) ?? {
        first: version,
        last: version,
      };
      if (!taken) return sendConflict(request, reply, error, "undo", edit);
      const screen = slugTaken({
        page: await content.getPageById(page.id),
        slug: error.slug,
        versions: edit,
      });
      return sendScreen(request, reply.code(409), screen);
    }
  });

  server.post<{ Params: { id: string } }>(addresses.archive(":id"), writeAccess, async (request, reply) => {
    const { personId, page, summary, baseVersion } = await commandIn(request);
    try {
      const written = await asUser(personId, () => content.archivePage(page.id, { summary, baseVersion }));
      rememberPosition(reply, written);
      return redirect(reply, addresses.pageById(page.id), noticeOf(written, page, "archived"));
    } catch (error) {
      if (!(error instanceof EditConflictError)) throw error;
      const present = await content.getPageById(page.id);
      const screen = archiveConflict({
        page: present,
        base: versionTokenOf(present),
        baseVersion,
        summary,
      });
      return sendScreen(request, reply.code(409), screen);
    }
  });

  server.post<{ Params: { id: string } }>(addresses.unarchive(":id"), writeAccess, async (request, reply) => {
    const { personId, page, summary, baseVersion } = await commandIn(request);
    const slug = slugField(request) || undefined;
    try {
      const command = { slug, summary, baseVersion };
      const written = await asUser(personId, () => content.unarchivePage(page.id, command));
      return redirectToPage(reply, written, page, "unarchived");
    } catch (error) {
      if (!(error instanceof SlugConflictError || error instanceof InvalidSlugError)) throw error;
      const screen = unarchiveScreen({
        page,
        base: versionTokenOf(page),
        values: { slug: slug ?? page.slug, summary },
        errors: { slug: errorText(error.code, error) },
      });
      return sendScreen(request, reply.code(422), screen);
    }
  });

  /** @throws HttpError, PageNotFoundError */
  const commandIn = async (request: PageRequest): Promise<Command & { readonly personId: string }> => {
    const person = requirePerson(request);
    const page = await pageOfAddress(content, request.params.id);
    const baseVersion = baseVersionOf(`"${field(request, "base")}"`, page.id);
    return { personId: person.id, page, summary: field(request, "summary"), baseVersion };
  };

  const sendConflict = async (
    request: FastifyRequest,
    reply: FastifyReply,
    error: EditConflictError,
    command: "undo" | "restore",
    versions: { readonly first: number; readonly last: number },
  ) => {
    const { baseVersion, conflicts, omittedConflicts } = error;
    const page = await content.getPageById(error.pageId);
    const screen = versionConflict({ page, command, versions, baseVersion, conflicts, omittedConflicts });
    return sendScreen(request, reply.code(409), screen);
  };

  /** Shows why a page does not allow a command. @throws `error` itself if it has another cause */
  const refuse = async (request: FastifyRequest, reply: FastifyReply, pageId: string, error: unknown) => {
    if (!(error instanceof UndoRefusedError || error instanceof PageArchivedError)) throw error;
    const page = await content.getPageById(pageId);
    const status = error instanceof UndoRefusedError ? 422 : 409;
    return sendScreen(request, reply.code(status), commandRefused({ page, error }));
  };
};

/** @throws InvalidArgumentError if the field is missing or malformed */
function versionInForm(request: FastifyRequest): number {
  return requireVersion("version", field(request, "version"));
}

function redirectToPage(
  reply: FastifyReply,
  written: CommandResult,
  before: PageDetails,
  notice: string,
): FastifyReply {
  const { id, slug, archived } = written.page;
  rememberPosition(reply, written);
  const address = archived ? addresses.pageById(id) : addresses.page(slug);
  return redirect(reply, address, noticeOf(written, before, notice));
}

/** Returns the notice of a command with its version, or "unchanged" if it created no version. */
function noticeOf(written: CommandResult, before: PageDetails, notice: string): string {
  const { version } = written.page;
  return version === before.version ? "unchanged" : `${notice}.${version}`;
}
