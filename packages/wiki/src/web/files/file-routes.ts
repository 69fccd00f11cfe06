import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { articleOf } from "../../application/articles.ts";
import { PageNotFoundError } from "../../application/errors.ts";
import { FileNotFoundError, type StoredFile } from "../../application/files.ts";
import type { CommandResult, PageDetails } from "../../application/pages.ts";
import { authorName } from "../../application/people.ts";
import { may } from "../../application/policy.ts";
import { ArticleFiles } from "../../content/article-files.ts";
import { FILE_PREFIX } from "../../content/file-addresses.ts";
import type { PageFile } from "../../domain/page-files.ts";
import { writeAccess } from "../../http/access.ts";
import { type ProblemCode, problemOf } from "../../http/errors.ts";
import { sendFile } from "../../http/file-response.ts";
import { authorise, requirePerson } from "../../http/person.ts";
import { acceptUploads, readUpload } from "../../http/uploads.ts";
import { addresses } from "../addresses.ts";
import { errorText } from "../error-text.ts";
import { field } from "../forms/form-fields.ts";
import { requireVersionOf, versionTokenOf } from "../forms/page-form.ts";
import { rememberPosition } from "../last-write.ts";
import { isId, pageOfAddress } from "../page-parameters.ts";
import { noticeNumbers, redirect, sendScreen, takeNotice } from "../send-screen.ts";
import { strings } from "../strings/strings.ts";
import type { WebOptions } from "../web-options.ts";
import { filesOfPage } from "./files-of-page.tsx";
import { type FileUse, filesOfWiki } from "./files-of-wiki.tsx";

const FILES_PER_UPLOAD = 20;
const FILES_PER_SCREEN = 50;
/** The list of unused files reads so many files for a screen. */
const FILES_SEARCHED = 500;

const NOTICES = ["filesAttached", "fileReplaced", "fileRemoved"] as const;

/** The errors of an upload that the screen of the page's files shows. */
const SHOWN_ERRORS: ReadonlySet<ProblemCode> = new Set([
  "invalid-file",
  "file-type-refused",
  "limit-exceeded",
  "malformed-body",
  "file-not-found",
  "page-archived",
]);

type PageRequest = FastifyRequest<{ Params: { id: string } }>;
interface FileRoute {
  Params: { id: string; fileId: string };
}

/** The bytes of files, the files of a page and of the wiki, and the forms that change them. */
export const fileRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, identity, policy, workers } = options;
  await acceptUploads(server);

  for (const pattern of [`${FILE_PREFIX}:id`, `${FILE_PREFIX}:id/:name`]) {
    server.get<{ Params: { id: string } }>(
      pattern,
      // Compressing would change the length, and most files are compressed.
      { compress: false },
      async (request, reply) => {
        const requester = authorise(request, "read", policy);
        const { id } = request.params;
        const stored = isId(id) ? await content.files.find(id) : undefined;
        const isOthers = stored?.pageId === null && stored.userId !== requester?.id;
        if (stored === undefined || isOthers) throw new FileNotFoundError(id);
        const isPublic = policy.publicReading && stored.pageId !== null;
        return sendFile(request, reply, { files: content.files, stored, isPublic });
      },
    );
  }

  server.get<{ Params: { id: string } }>(addresses.filesOfPage(":id"), async (request, reply) => {
    authorise(request, "read", policy);
    return sendFilesOfPage(request, reply, await pageOfAddress(content, request.params.id));
  });

  server.post<{ Params: { id: string } }>(
    addresses.filesOfPage(":id"),
    writeAccess,
    async (request, reply) => {
      const { id: personId } = requirePerson(request);
      const page = await pageOfAddress(content, request.params.id);
      return changeFiles(request, reply, page, async () => {
        const { files } = await readUpload(request, content, FILES_PER_UPLOAD);
        const written = await asUser(personId, () => content.editPage(page.id, { files }));
        return { written, notice: `filesAttached.${files.length}` };
      });
    },
  );

  server.post<FileRoute>(addresses.replaceFile(":id", ":fileId"), writeAccess, async (request, reply) => {
    const { id: personId } = requirePerson(request);
    const page = await pageOfAddress(content, request.params.id);
    return changeFiles(request, reply, page, async () => {
      const { files } = await readUpload(request, content, 1);
      const replaces = { id: request.params.fileId };
      const replacing = files.map((file) => ({ ...file, replaces }));
      const written = await asUser(personId, () => content.editPage(page.id, { files: replacing }));
      return { written, notice: "fileReplaced" };
    });
  });

  server.post<FileRoute>(addresses.removeFile(":id", ":fileId"), writeAccess, async (request, reply) => {
    const { id: personId } = requirePerson(request);
    const page = await pageOfAddress(content, request.params.id);
    const baseVersion = requireVersionOf(field(request, "base"), page);
    return changeFiles(request, reply, page, async () => {
      const { fileId } = request.params;
      const written = await asUser(personId, () => content.removeFile(page.id, { fileId, baseVersion }));
      return { written, notice: "fileRemoved" };
    });
  });

  server.get<{ Querystring: { filter?: string; before?: string } }>(
    addresses.files(),
    async (request, reply) => {
      authorise(request, "read", policy);
      const { filter, before } = request.query;
      const onlyUnused = filter === "unused";
      const { files, last } = await listedFiles(onlyUnused, isId(before ?? "") ? before : undefined);
      const names = await identity.personsByIds(files.map(({ stored }) => stored.userId));
      const screen = filesOfWiki({
        files: files.map(({ stored, page, use }) => ({
          file: stored.file,
          uploadedAt: stored.uploadedAt.toISOString(),
          by: authorName(stored.userId, names),
          page: { id: page.id, title: page.title },
          use,
        })),
        onlyUnused,
        next: last === undefined ? null : addresses.files(onlyUnused ? "unused" : undefined, last),
      });
      return sendScreen(request, reply, screen, { current: "pages" });
    },
  );

  /** Runs a command on the files of a page, and redirects to the list of them. */
  const changeFiles = async (
    request: PageRequest,
    reply: FastifyReply,
    page: PageDetails,
    command: () => Promise<{ readonly written: CommandResult; readonly notice: string }>,
  ) => {
    try {
      const { written, notice } = await command();
      rememberPosition(reply, written);
      return redirect(reply, addresses.filesOfPage(page.id), notice);
    } catch (error) {
      const { code, status } = problemOf(error);
      if (!SHOWN_ERRORS.has(code)) throw error;
      const present = await content.getPageById(page.id);
      return sendFilesOfPage(request, reply.code(status), present, errorText(code, error));
    }
  };

  const sendFilesOfPage = async (
    request: PageRequest,
    reply: FastifyReply,
    page: PageDetails,
    error?: string,
  ) => {
    const stored = await Promise.all(page.files.map(({ id }) => content.files.find(id)));
    const names = await identity.personsByIds(stored.flatMap((one) => one?.userId ?? []));
    const used = await usedFiles(page);
    const mayWrite = may(request.person, "write", policy) && !page.archived;
    const notice = noticeOf(request, reply);
    const screen = filesOfPage({
      page: { id: page.id, slug: page.slug, title: page.title, archived: page.archived },
      files: page.files.map((file, index) => ({
        file,
        uploadedAt: stored[index]?.uploadedAt.toISOString(),
        by: authorName(stored[index]?.userId ?? null, names),
        isUsed: used.has(file.id),
      })),
      maxBytes: content.fileLimits.maxBytes,
      ...(mayWrite ? { editBase: versionTokenOf(page) } : {}),
      ...(notice === undefined ? {} : { notice }),
      ...(error === undefined ? {} : { error }),
    });
    return sendScreen(request, reply, screen);
  };

  /** Resolves to the ids of the files that the text of a page shows or links to. */
  const usedFiles = async ({
    body,
    files,
  }: Pick<PageDetails, "body" | "files">): Promise<ReadonlySet<string>> => {
    if (files.length === 0) return new Set();
    const ofPage = new ArticleFiles(files, String);
    const references = (await articleOf(body, workers)).fileReferences;
    return new Set(references.flatMap((reference) => ofPage.find(reference)?.id ?? []));
  };

  const listedFiles = async (onlyUnused: boolean, before: string | undefined) => {
    const found: { stored: StoredFile; page: PageDetails; use: FileUse }[] = [];
    let last = before;
    for (let read = 0; read < (onlyUnused ? FILES_SEARCHED : 1); read += FILES_PER_SCREEN) {
      const batch = await content.files.attachedFiles({ before: last, limit: FILES_PER_SCREEN });
      for (const stored of batch) {
        last = stored.file.id;
        const page = await pageOf(stored);
        if (page === undefined) continue;
        const use = await useOf(page, stored.file);
        if (!onlyUnused || use === "unused") found.push({ stored, page, use });
      }
      if (batch.length < FILES_PER_SCREEN) return { files: found, last: undefined };
      if (found.length >= FILES_PER_SCREEN) break;
    }
    return { files: found, last };
  };

  /** Resolves to undefined while the page is being created, and if creating it failed. */
  const pageOf = async ({ pageId }: StoredFile): Promise<PageDetails | undefined> => {
    try {
      return await content.getPageById(pageId ?? "");
    } catch (error) {
      if (error instanceof PageNotFoundError) return undefined;
      throw error;
    }
  };

  const useOf = async (page: PageDetails, { id }: PageFile): Promise<FileUse> => {
    if (page.files.every((file) => file.id !== id)) return "removed";
    if (page.archived) return "archived";
    return (await usedFiles(page)).has(id) ? "used" : "unused";
  };
};

function noticeOf(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const kind = takeNotice(request, reply, NOTICES);
  if (kind === "filesAttached") return strings.files.attached(noticeNumbers(request)[0] ?? 1);
  if (kind === "fileReplaced") return strings.files.replaced;
  return kind === "fileRemoved" ? strings.files.removed : undefined;
}
