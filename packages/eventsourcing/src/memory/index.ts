export { type MemoryRecorderOptions, memoryRecorder } from "./memory-recorder.ts";
