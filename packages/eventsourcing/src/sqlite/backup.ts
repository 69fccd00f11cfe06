import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Database } from "better-sqlite3";
import { InvalidArgumentError } from "../errors.ts";
import { openReadingConnection, recorderErrorOf } from "./connection.ts";
import { checkDatabaseFile } from "./database-file.ts";
import { keepAlive, openDatabase, pragma } from "./driver.ts";
import { EVENT_SCHEMA } from "./event-schema.ts";

/** Options of `backupSqlite`. */
export interface SqliteBackupOptions {
  /** The recorder's database file, which may be in use. */
  readonly path: string;
  /** The file to create. It must not exist. */
  readonly to: string;
  /** Is called now and then with the number of database pages copied and in all. */
  readonly onProgress?: (copied: number, total: number) => void;
}

const PAGES_AT_A_TIME = 1_000;

/**
 * Copies the database with all its tables, as it is at one moment, while others go on writing. Resolves to the size of
 * the copy in bytes once it is synced to the disk. The file `to` appears when it is complete, or not at all.
 * @throws InvalidArgumentError: `to` exists. DatabaseRefusedError: `path` is no database of a recorder.
 *   RecorderError: the copy failed.
 */
export async function backupSqlite({
  path,
  to,
  onProgress,
}: SqliteBackupOptions): Promise<{ readonly bytes: number }> {
  const target = resolve(to);
  if (existsSync(target)) throw new InvalidArgumentError("to", target, "a file that does not exist");
  checkDatabaseFile(path, EVENT_SCHEMA);
  const unfinished = `${target}.${process.pid}.unfinished`;
  const source = openReadingConnection(path);
  keepBackupsAlive(source);
  try {
    // A read transaction: without it, each write by another connection would restart the copy.
    source.exec("BEGIN");
    source.prepare("SELECT count(*) FROM sqlite_schema").get();
    await source.backup(unfinished, {
      progress: ({ totalPages, remainingPages }) => {
        onProgress?.(totalPages - remainingPages, totalPages);
        return PAGES_AT_A_TIME;
      },
    });
    return { bytes: finishCopy(unfinished, target) };
  } catch (error) {
    removeCopy(unfinished);
    throw recorderErrorOf(`The database ${path} cannot be copied to ${target}`, error);
  } finally {
    source.close();
  }
}

/** Keeps the native objects that copy. The native half of the connection, stored under a symbol, makes them. */
function keepBackupsAlive(source: Database): void {
  for (const symbol of Object.getOwnPropertySymbols(source)) {
    const native = Reflect.get(source, symbol) as { backup?: (...given: unknown[]) => object };
    const make = native.backup?.bind(native);
    if (make !== undefined) native.backup = (...given) => keepAlive(make(...given));
  }
}

/** Checks and syncs a copy, and renames it to `target`. Returns its size in bytes. */
export function finishCopy(unfinished: string, target: string): number {
  const bytes = checkAndSync(unfinished);
  renameSync(unfinished, target);
  syncFolder(dirname(target));
  return bytes;
}

export function removeCopy(unfinished: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(unfinished + suffix, { force: true });
}

/** Returns the size of the copy in bytes. */
function checkAndSync(file: string): number {
  const copy = openDatabase(file, { fileMustExist: true });
  try {
    copy.exec("PRAGMA journal_mode = DELETE");
    const faults = pragma(copy, "quick_check");
    if (faults !== "ok") throw new Error(`the copy is damaged: ${String(faults)}`);
    return Number(pragma(copy, "page_count")) * Number(pragma(copy, "page_size"));
  } finally {
    copy.close();
    sync(file);
  }
}

function sync(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Syncs the new name of a file, which is in its folder. Windows cannot open a folder. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
