import { afterAll, describe, it } from "vitest";
import { dropSchemas, type NewSchema, newSchema } from "../../../../test/postgres-schemas.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { recorderContract } from "../testing/recorder-contract.ts";
import { postgresRecorder } from "./index.ts";

const schemas: NewSchema[] = [];
afterAll(() => dropSchemas(schemas));

recorderContract("PostgreSQL recorder", { describe, it }, async (clock) => {
  const schema = newSchema();
  schemas.push(schema);
  const opened: Recorder[] = [];
  const open = async () => {
    const recorder = await postgresRecorder({ ...schema, clock });
    opened.push(recorder);
    return recorder;
  };
  return {
    recorder: await open(),
    reopen: open,
    async dispose() {
      await Promise.all(opened.map((recorder) => recorder.close()));
    },
  };
});
