import { accessSync, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { DatabaseRefusedError, RecorderError } from "../errors.ts";

const HEADER_BYTES = 108;
const MAGIC = "SQLite format 3\0";

/** What a SQLite file of ours holds. */
export interface Schema {
  /** Marks the file as ours, and as of this schema (https://sqlite.org/pragma.html#pragma_application_id). */
  readonly applicationId: number;
  /**
   * The steps that make it, in order; a database at `user_version` n has the first n. A step that was released is
   * never changed.
   */
  readonly migrations: readonly string[];
}

/**
 * Looks at the file's first bytes before SQLite may: only opening a database that is in WAL mode already leaves
 * files beside it. What can be changed without the header (the newest pages may be in the WAL) is asked again
 * of the open database. The offsets are those of https://sqlite.org/fileformat2.html#the_database_header.
 *
 * @throws DatabaseRefusedError, RecorderError
 */
export function checkDatabaseFile(path: string, { applicationId, migrations }: Schema): void {
  const header = readHeader(path);
  if (header === undefined || header.length === 0) return;
  if (header.length < HEADER_BYTES || header.toString("latin1", 0, MAGIC.length) !== MAGIC)
    throw new DatabaseRefusedError(path, "it is not a SQLite database.");
  const foundApplication = header.readInt32BE(68);
  const foundVersion = header.readInt32BE(60);
  const schemaIsEmpty = header.readUInt8(100) === 0x0d && header.readUInt16BE(103) === 0;
  if (foundApplication === applicationId) {
    if (foundVersion > migrations.length) throw newerVersionRefused(path, foundVersion, migrations.length);
  } else if (foundApplication !== 0 || !schemaIsEmpty) {
    throw otherProgramRefused(path);
  }
}

export function otherProgramRefused(path: string): DatabaseRefusedError {
  return new DatabaseRefusedError(path, "it is a SQLite database of another program, or of another kind.");
}

export function newerVersionRefused(path: string, found: number, known: number): DatabaseRefusedError {
  return new DatabaseRefusedError(
    path,
    `its schema has version ${found} and this program knows versions up to ${known}. Update the program.`,
  );
}

/** The first bytes of the file, or undefined when there is none yet. */
function readHeader(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new RecorderError(`The database ${path} cannot be opened`, error);
  }
  try {
    if (!fstatSync(file).isFile()) throw new DatabaseRefusedError(path, "it is not a file.");
    // SQLite would open it for reading, and only the first save would fail.
    accessSync(path, constants.W_OK);
    const header = Buffer.alloc(HEADER_BYTES);
    return header.subarray(0, readSync(file, header, 0, HEADER_BYTES, 0));
  } catch (error) {
    if (error instanceof DatabaseRefusedError) throw error;
    throw new RecorderError(`The database ${path} cannot be opened`, error);
  } finally {
    closeSync(file);
  }
}
