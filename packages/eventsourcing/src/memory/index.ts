export { type MemoryRecorderOptions, memoryRecorder } from "./memory-recorder.ts";
export { type MemoryViewStore, type MemoryViewStoreOptions, memoryViewStore } from "./view-store.ts";
export type { MemoryChange, MemoryTable, MemoryTables, ReadonlyMemoryTables } from "./view-tables.ts";
