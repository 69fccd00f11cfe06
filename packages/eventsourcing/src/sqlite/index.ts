export { type SqliteRecorderOptions, sqliteRecorder } from "./sqlite-recorder.ts";
