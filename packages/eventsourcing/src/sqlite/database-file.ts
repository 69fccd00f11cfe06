import { accessSync, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { DatabaseRefusedError, RecorderError } from "../errors.ts";

const HEADER_BYTES = 108;
const MAGIC = "SQLite format 3\0";

export interface Schema {
  /** Marks a file as one of this schema (https://sqlite.org/pragma.html#pragma_application_id). */
  readonly applicationId: number;
  /**
   * The steps that create the tables, in order. A database at `user_version` n has the first n. A released step never
   * changes.
   */
  readonly migrations: readonly string[];
}

/** The file has the content of another program, of a newer version, or none that SQLite reads. */
export class ForeignFileError extends DatabaseRefusedError {
  constructor(database: string, reason: string) {
    super(database, reason);
    this.name = "DatabaseRefusedError";
  }
}

/**
 * Checks the header of the file before SQLite opens it, because opening a database in WAL mode already creates files
 * beside it. `migrate` checks the open database again, since the newest pages may be in the WAL. The offsets are from
 * https://sqlite.org/fileformat2.html#the_database_header.
 *
 * @throws DatabaseRefusedError, RecorderError
 */
export function checkDatabaseFile(path: string, { applicationId, migrations }: Schema): void {
  const header = readHeader(path);
  if (header === undefined || header.length === 0) return;
  if (header.length < HEADER_BYTES || header.toString("latin1", 0, MAGIC.length) !== MAGIC)
    throw new ForeignFileError(
      path,
      "it is not a SQLite database. Give the path of a database or of a new file.",
    );
  const foundApplication = header.readInt32BE(68);
  const foundVersion = header.readInt32BE(60);
  const schemaIsEmpty = header.readUInt8(100) === 0x0d && header.readUInt16BE(103) === 0;
  if (foundApplication === applicationId) {
    if (foundVersion > migrations.length) throw newerVersionRefused(path, foundVersion, migrations.length);
  } else if (foundApplication !== 0 || !schemaIsEmpty) {
    throw otherProgramRefused(path);
  }
}

export function otherProgramRefused(path: string): ForeignFileError {
  return new ForeignFileError(
    path,
    "it is a SQLite database of another program, or of another kind. Events and views each need a file of their own.",
  );
}

export function newerVersionRefused(path: string, found: number, supported: number): ForeignFileError {
  return new ForeignFileError(
    path,
    `its schema has version ${found}, and this program supports versions up to ${supported}. Update the program.`,
  );
}

/** Returns the application id in the header of a SQLite file; undefined if the file has none. */
export function applicationIdOf(path: string): number | undefined {
  const header = readHeader(path);
  return header?.length === HEADER_BYTES && header.toString("latin1", 0, MAGIC.length) === MAGIC
    ? header.readInt32BE(68)
    : undefined;
}

/** Returns undefined if the file does not exist. */
function readHeader(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new RecorderError(`The database ${path} cannot be opened`, error);
  }
  try {
    const stats = fstatSync(file);
    if (stats.isDirectory())
      throw new DatabaseRefusedError(path, "it is a folder. Give the path of a file in it.");
    if (!stats.isFile()) throw new DatabaseRefusedError(path, "it is not a regular file.");
    // SQLite would open a read-only file, and the first save would fail.
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
