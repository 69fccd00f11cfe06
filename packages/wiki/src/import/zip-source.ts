import { closeSync, fstatSync, openSync } from "node:fs";
import { realpath } from "node:fs/promises";
import {
  type Entry,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  validateFileName,
  type ZipFile,
} from "yauzl";
import { InvalidImportError } from "./errors.ts";
import { byPath, type ImportSource, isPageFile, isSkippedFolder, type Remark } from "./source.ts";
import { ZipReader } from "./zip-reader.ts";

/** The files of an archive: their number, their bytes in all, and their bytes for each compressed byte. */
const LIMITS = { entries: 100_000, bytes: 4 * 1024 ** 3, ratio: 200 };
/** Smaller files may have any ratio: text that repeats itself compresses a thousandfold. */
const MIN_BYTES_OF_RATIO = 1024 * 1024;

/**
 * Lists the files of a ZIP archive. If all are in one folder, that folder is the root. An archive is refused if its names
 * lead out of it or repeat, or if it exceeds a limit; encrypted files and symbolic links are refused one by one.
 * @param name by default the real path of the archive
 * @throws InvalidImportError if the archive is refused or damaged
 */
export async function zipSource(file: string, name?: string): Promise<ImportSource> {
  const zip = await openArchive(file);
  try {
    const { entries, refused } = await readDirectory(zip);
    const prefix = commonFolder([...entries.keys()]);
    const open = async (path: string) => {
      const entry = entries.get(prefix + path);
      if (entry === undefined) throw new InvalidImportError(`The archive has no file ${path}.`);
      return zip.openReadStreamPromise(entry);
    };
    return {
      name: name ?? (await realpath(file)),
      files: [...entries]
        .map(([path, { uncompressedSize }]) => ({ path: path.slice(prefix.length), bytes: uncompressedSize }))
        .sort(byPath),
      refused: refused.map(({ path, text }) => ({
        path: path.startsWith(prefix) ? path.slice(prefix.length) : path,
        text,
      })),
      warnings: [],
      open,
      close: async () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function openArchive(file: string): Promise<ZipFile> {
  let fd: number | undefined;
  try {
    fd = openSync(file, "r");
    const options = { decodeStrings: false, autoClose: false };
    return await fromRandomAccessReaderPromise(new ZipReader(file, fd), fstatSync(fd).size, options);
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw new InvalidImportError(`${file} is not a readable ZIP archive: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

interface Directory {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly refused: readonly Remark[];
}

async function readDirectory(zip: ZipFile): Promise<Directory> {
  const entries = new Map<string, Entry>();
  const refused: Remark[] = [];
  let bytes = 0;
  if (zip.entryCount > LIMITS.entries) {
    throw new InvalidImportError(
      `The archive has ${zip.entryCount} entries; the limit is ${LIMITS.entries}.`,
    );
  }
  try {
    for await (const entry of zip.eachEntry()) {
      const path = nameOf(entry);
      const problem = validateFileName(path);
      if (problem !== null) throw new InvalidImportError(`The archive cannot be imported: ${problem}.`);
      if (path.endsWith("/") || path.split("/").some(isSkippedFolder)) continue;
      if (entries.has(path)) throw new InvalidImportError(`The archive contains ${path} twice.`);
      const reason = refusalOf(entry);
      if (reason !== undefined) {
        if (isPageFile(path)) refused.push({ path, text: reason });
        continue;
      }
      bytes += entry.uncompressedSize;
      if (bytes > LIMITS.bytes) {
        throw new InvalidImportError(`The files of the archive have more than ${LIMITS.bytes} bytes.`);
      }
      entries.set(path, entry);
    }
  } catch (error) {
    if (error instanceof InvalidImportError) throw error;
    throw new InvalidImportError(`The archive is damaged: ${messageOf(error)}.`, { cause: error });
  }
  return { entries, refused };
}

/** Names are UTF-8 in most archives, also without the flag that says so. */
function nameOf(entry: Entry): string {
  try {
    const name = new TextDecoder("utf-8", { fatal: true }).decode(entry.fileNameRaw);
    return getFileNameLowLevel(UTF8_FLAG, Buffer.from(name), entry.extraFields, false);
  } catch {
    return getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
  }
}

const UTF8_FLAG = 0x800;
const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;

function refusalOf(entry: Entry): string | undefined {
  if (((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMBOLIC_LINK) return "is a symbolic link";
  if (entry.isEncrypted()) return "is encrypted";
  if (!entry.canDecodeFileData()) return `has the unknown compression method ${entry.compressionMethod}`;
  const { uncompressedSize, compressedSize } = entry;
  const isBomb = uncompressedSize > MIN_BYTES_OF_RATIO && uncompressedSize > LIMITS.ratio * compressedSize;
  return isBomb ? `is compressed more than ${LIMITS.ratio} to 1` : undefined;
}

/** Returns the folder that contains all paths, with a "/" at its end, or an empty string. */
function commonFolder(paths: readonly string[]): string {
  const [first = ""] = paths;
  const folder = first.slice(0, first.indexOf("/") + 1);
  return folder !== "" && paths.every((path) => path.startsWith(folder)) ? folder : "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
}
