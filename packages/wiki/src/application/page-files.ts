import { randomUUID } from "node:crypto";
import { ProgrammingError } from "@palimpsest/eventsourcing";
import { fileIdsIn } from "../content/file-addresses.ts";
import { fileTypeOf, imageSizeOf } from "../content/file-type.ts";
import { asEdit } from "../domain/edit.ts";
import type { Page } from "../domain/page.ts";
import { nameKey, type PageFile } from "../domain/page-files.ts";
import { requireUser } from "../domain/user.ts";
import { PageArchivedError } from "./errors.ts";
import { FileNotFoundError, type FileStorage, InvalidFileError } from "./files.ts";
import { MAX_FILES_PER_PAGE, requireFileCount, requireFileName } from "./limits.ts";
import type { PageStore } from "./page-store.ts";
import type { CommandResult, NewFile, ReceivedFile, RemoveFileCommand } from "./pages.ts";

/** @throws ProgrammingError if the application stores no files */
export function requireStorage(files: FileStorage | undefined): FileStorage {
  if (files === undefined)
    throw new ProgrammingError("No file storage was configured: pass the option `files`.");
  return files;
}

/**
 * Receives a file to a temporary place of this machine. Its type and the size of an image are read from the bytes.
 * @throws InvalidFileError, LimitExceededError, and the errors of `source`: nothing is left
 */
export async function receiveFile(
  storage: FileStorage,
  fileName: string,
  source: AsyncIterable<Uint8Array> | Uint8Array,
  maxBytes: number,
): Promise<ReceivedFile> {
  const name = requireFileName(fileName);
  const chunks = source instanceof Uint8Array ? chunksOf(source) : source;
  const received = await storage.receive(chunks, maxBytes);
  if (received.bytes === 0) {
    await received.discard();
    throw new InvalidFileError(name, "is empty");
  }
  const { sha256, bytes, head } = received;
  const type = fileTypeOf(name, head);
  const file = { id: randomUUID(), name, type, bytes, sha256, ...imageSizeOf(type, head) };
  return { file, received };
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Files whose bytes are stored, ready to be attached to one page. */
export interface AttachedFiles {
  /** With the files that the text names by their addresses, after those of the command. */
  readonly files: readonly Omit<NewFile, "received">[];
}

const NO_FILES: AttachedFiles = { files: [] };

/**
 * Stores the files of a command durably, and runs it with them. Afterwards, files that the page does not have are released.
 * @param text the body that the command saves, which may name unattached files of the user
 */
export async function withStoredFiles<Result extends CommandResult>(
  storage: FileStorage | undefined,
  pageId: string,
  {
    files = [],
    text = "",
  }: { readonly files?: readonly NewFile[] | undefined; readonly text?: string | undefined },
  command: (attached: AttachedFiles) => Promise<Result>,
): Promise<Result> {
  const namedIds = storage === undefined ? [] : fileIdsIn(text, MAX_FILES_PER_PAGE);
  if (files.length === 0 && namedIds.length === 0) return command(NO_FILES);
  const required = requireStorage(storage);
  const userId = requireUser();
  const stored: string[] = [];
  try {
    for (const { file, received } of files) {
      await required.addToPage(file, received, userId, pageId);
      stored.push(file.id);
    }
    const named = namedIds.length === 0 ? [] : await required.claim(namedIds, userId, pageId);
    stored.push(...named.map(({ id }) => id));
    const result = await command({ files: [...files, ...named.map((file) => ({ file }))] });
    const used = new Set(result.page.files.map(({ id }) => id));
    await required.release(
      stored.filter((id) => !used.has(id)),
      pageId,
    );
    return result;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "outcome-unknown") await required.release(stored, pageId);
    throw error;
  } finally {
    await Promise.all(files.map(({ received }) => received.discard()));
  }
}

/**
 * Attaches files to a page, or replaces files of it. Returns the resulting files of the page, in the same order.
 * @throws FileNotFoundError, LimitExceededError
 */
export function attachFiles(page: Page, { files }: AttachedFiles): readonly PageFile[] {
  const results = new Map<string, PageFile>();
  const replacements: { file: PageFile; replaced: PageFile }[] = [];
  const additions: PageFile[] = [];
  for (const { file, replaces } of files) {
    const replaced = replacedBy(page, file, replaces);
    const isReplaced = replacements.some((replacement) => replacement.replaced === replaced);
    if (replaced === undefined || isReplaced) additions.push(file);
    else replacements.push({ file, replaced });
  }
  requireFileCount(page.files.length + additions.length);
  const replacing = page.replaceFiles(replacements);
  replacements.forEach(({ file }, index) => {
    results.set(file.id, replacing[index] as PageFile);
  });
  const added = page.attachFiles(additions);
  additions.forEach(({ id }, index) => {
    results.set(id, added[index] as PageFile);
  });
  return files.map(({ file }) => results.get(file.id) as PageFile);
}

function replacedBy(page: Page, file: PageFile, replaces: NewFile["replaces"]): PageFile | undefined {
  if (replaces === undefined) return undefined;
  if (replaces === "same-name") return page.files.find(({ name }) => nameKey(name) === nameKey(file.name));
  return requireFile(page, replaces.id);
}

/** @throws FileNotFoundError */
function requireFile(page: Page, fileId: string): PageFile {
  const file = page.files.find(({ id }) => id === fileId);
  if (file === undefined) throw new FileNotFoundError(fileId);
  return file;
}

/** Removes a file from a page. Later edits of the page do not conflict. */
export async function removeFile(
  pages: PageStore,
  pageId: string,
  { fileId, summary, baseVersion }: RemoveFileCommand,
): Promise<CommandResult> {
  return pages.runOn(pageId, summary, async (store) => {
    const page = await store.get(pageId);
    const version = typeof baseVersion === "function" ? baseVersion(page.id) : baseVersion;
    const base = await store.getBase(page, version);
    if (page.archived) throw new PageArchivedError(page.slug, page.id);
    const file = requireFile(page, fileId);
    const merged = base.version === page.version ? undefined : { base: base.version, current: page.version };
    asEdit({ merged }, () => page.removeFiles([file]));
    return store.save(page, page);
  });
}
