export { PostgresServer, type ServerPool, type ServerPoolOptions } from "./connections.ts";
export { type PostgresRecorderOptions, postgresRecorder } from "./postgres-recorder.ts";
export { type PostgresViewStoreOptions, postgresViewStore } from "./view-store.ts";
