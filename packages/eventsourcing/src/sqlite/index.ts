export { backupSqlite, type SqliteBackupOptions } from "./backup.ts";
export { type SqliteRecorderOptions, sqliteRecorder } from "./sqlite-recorder.ts";
export { type SqliteViewStoreOptions, sqliteViewStore } from "./view-store.ts";
