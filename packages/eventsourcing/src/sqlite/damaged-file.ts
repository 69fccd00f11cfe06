import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, parse } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { applicationIdOf, ForeignFileError } from "./database-file.ts";
import { openDatabase } from "./driver.ts";
import { EVENT_SCHEMA } from "./event-schema.ts";
import { isDamage } from "./failure.ts";

/** A file of views that could not be read, and was renamed so that an empty one could take its place. */
export interface DamagedFile {
  readonly path: string;
  readonly movedTo: string;
  readonly error: unknown;
}

/** How long another process may take to rename the file. */
const LOCK_TIMEOUT_MS = 5_000;

/** A file of events stays, since it cannot be rebuilt. */
function isReplaceable(path: string, error: unknown): boolean {
  if (applicationIdOf(path) === EVENT_SCHEMA.applicationId) return false;
  return isDamage(error) || (error instanceof ForeignFileError && !isInUse(path));
}

/** Returns the identity of the file at a path; undefined if there is none. */
export function fileIdentity(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  // The system may give the number of a deleted file to the next one.
  return stats && `${stats.ino} ${stats.birthtimeMs}`;
}

/**
 * Renames the file with this identity, and its WAL. Returns undefined if another process has already done so.
 * @throws `error` if the file must not be replaced after this error; errors of the file system
 */
export function setAside(
  path: string,
  identity: string | undefined,
  error: unknown,
): DamagedFile | undefined {
  const { name, ext } = parse(path);
  const time = new Date().toISOString().replaceAll(":", "-");
  const movedTo = join(dirname(path), `${name}.damaged-${time}${ext}`);
  return whileLocked(join(dirname(path), `${name}.lock`), () => {
    if (identity === undefined || fileIdentity(path) !== identity) return undefined;
    if (!isReplaceable(path, error)) throw error;
    // The WAL first: SQLite would apply it to the next file of this name.
    for (const suffix of ["-wal", "-shm", ""])
      if (existsSync(path + suffix)) renameSync(path + suffix, movedTo + suffix);
    return { path, movedTo, error };
  });
}

/** Runs `work` under a lock of SQLite, which the system releases if the process ends. */
function whileLocked<Result>(path: string, work: () => Result): Result {
  const lock = openDatabase(path, { timeout: LOCK_TIMEOUT_MS });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    const result = work();
    rmSync(path, { force: true });
    return result;
  } finally {
    lock.close();
  }
}

/** Returns true if another program has the database open. */
function isInUse(path: string): boolean {
  let db: ReturnType<typeof openDatabase> | undefined;
  try {
    db = openDatabase(path, { timeout: 0 });
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    db.exec("BEGIN EXCLUSIVE");
    db.exec("ROLLBACK");
    return false;
  } catch (error) {
    return error instanceof SqliteDatabase.SqliteError && !isDamage(error);
  } finally {
    db?.close();
  }
}
