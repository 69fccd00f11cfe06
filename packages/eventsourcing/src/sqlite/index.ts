export { backupSqlite, type SqliteBackupOptions } from "./backup.ts";
export type { DamagedFile } from "./damaged-file.ts";
export { openDatabase } from "./driver.ts";
export { copyToSqlite, type SqliteCopyOptions } from "./record-copy.ts";
export { type SqliteRecorderOptions, sqliteRecorder } from "./sqlite-recorder.ts";
export { type SqliteViewStoreOptions, sqliteViewStore } from "./view-store.ts";
