import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Database } from "better-sqlite3";
import { InvalidArgumentError } from "../errors.ts";
import { openReadingConnection, recorderErrorOf } from "./connection.ts";
import { checkDatabaseFile } from "./database-file.ts";
import { keep, openDatabase, pragma } from "./driver.ts";
import { EVENT_SCHEMA } from "./event-schema.ts";

/** What is copied, and where to. */
export interface SqliteBackupOptions {
  /** The database of a recorder, which may be in use. */
  readonly path: string;
  /** The file to be made; it must not be there. */
  readonly to: string;
  /** Told how many of the database's pages are copied, now and then. */
  readonly onProgress?: (copied: number, total: number) => void;
}

const PAGES_AT_A_TIME = 1_000;

/**
 * Copies the database, with every table in it, as it is at one moment, while others go on writing; the copy is a
 * database like the first. Resolves to its size in bytes once it is on the disk. The file `to` appears when it is
 * whole, or not at all.
 * @throws InvalidArgumentError when `to` is there; DatabaseRefusedError, RecorderError
 */
export async function backupSqlite({
  path,
  to,
  onProgress,
}: SqliteBackupOptions): Promise<{ readonly bytes: number }> {
  const target = resolve(to);
  if (existsSync(target)) throw new InvalidArgumentError("to", target, "a file that is not there yet");
  checkDatabaseFile(path, EVENT_SCHEMA);
  const draft = `${target}.${process.pid}.unfinished`;
  const source = openReadingConnection(path);
  keepCopier(source);
  try {
    // A snapshot that stays the same while it is copied: otherwise each write would begin the copy anew.
    source.exec("BEGIN");
    source.prepare("SELECT count(*) FROM sqlite_schema").get();
    await source.backup(draft, {
      progress: ({ totalPages, remainingPages }) => {
        onProgress?.(totalPages - remainingPages, totalPages);
        return PAGES_AT_A_TIME;
      },
    });
    return { bytes: appear(draft, target) };
  } catch (error) {
    discard(draft);
    throw recorderErrorOf(`The database ${path} cannot be copied to ${target}`, error);
  } finally {
    source.close();
  }
}

/** Keeps what the driver copies with: it is made by the native half of the connection, which stands under a symbol. */
function keepCopier(source: Database): void {
  for (const symbol of Object.getOwnPropertySymbols(source)) {
    const native = Reflect.get(source, symbol) as { backup?: (...given: unknown[]) => object };
    const make = native.backup?.bind(native);
    if (make !== undefined) native.backup = (...given) => keep(make(...given));
  }
}

/** Gives a finished copy its name, once it is checked and on the disk; returns its size in bytes. */
export function appear(draft: string, target: string): number {
  const bytes = settle(draft);
  renameSync(draft, target);
  syncFolder(dirname(target));
  return bytes;
}

/** Removes what there is of a copy that was not finished. */
export function discard(draft: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(draft + suffix, { force: true });
}

/** Brings a copy to the disk as one file, checks it, and returns its size. */
function settle(file: string): number {
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

/** A new name is in its folder, which has to reach the disk as well; on Windows a folder cannot be opened. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
