import { statfsSync } from "node:fs";
import { availableParallelism, cpus, freemem, loadavg, platform, release, tmpdir, totalmem } from "node:os";
import SqliteDatabase from "better-sqlite3";

/** Names of `statfs` types, from `linux/magic.h`. */
const FILE_SYSTEMS: Readonly<Record<string, string>> = {
  "1021994": "tmpfs, where a sync costs nothing",
  "58465342": "xfs",
  "794c7630": "overlayfs",
  "9123683e": "btrfs",
  ef53: "ext4 (or 3, or 2)",
  "2fc12fc1": "zfs",
  "1a": "apfs",
};

/** Describes the machine, for the top of a report. */
export function machine(): string {
  return [
    `processor    ${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} cores`,
    `memory       ${gigabytes(totalmem())} GB, ${gigabytes(freemem())} GB of it free`,
    `system       ${platform()} ${release()}`,
    `node         ${process.version}`,
    `sqlite       ${sqliteVersion()} in better-sqlite3`,
    `files in     ${tmpdir()} on ${fileSystemOf(tmpdir())}`,
    `load before  ${loadBefore()}`,
  ].join("\n");
}

function fileSystemOf(folder: string): string {
  const type = statfsSync(folder).type.toString(16);
  return FILE_SYSTEMS[type] ?? `a file system of type 0x${type}`;
}

function sqliteVersion(): string {
  const db = new SqliteDatabase(":memory:");
  const version = db.prepare<[], string>("SELECT sqlite_version()").pluck().get();
  db.close();
  return version ?? "unknown";
}

function loadBefore(): string {
  const averages = loadavg().map((load) => load.toFixed(1));
  const busy = (loadavg()[0] ?? 0) > 0.5;
  return `${averages.join(", ")} over 1, 5 and 15 minutes${busy ? ": other programs ran too" : ""}`;
}

function gigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(0);
}
