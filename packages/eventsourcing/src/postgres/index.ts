export { type PostgresRecorderOptions, postgresRecorder } from "./postgres-recorder.ts";
