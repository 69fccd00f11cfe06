import { afterAll, describe, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../../../test/postgres-server.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { recorderContract } from "../testing/recorder-contract.ts";
import { postgresRecorder } from "./index.ts";

let server: Promise<PostgresServer> | undefined;
let schemas = 0;

afterAll(async () => (await server)?.stop());

recorderContract("PostgreSQL recorder", { describe, it }, async (clock) => {
  server ??= startPostgres();
  const { url } = await server;
  schemas += 1;
  const schema = `contract_${schemas}`;
  const opened: Recorder[] = [];
  const open = async () => {
    const recorder = await postgresRecorder({ url, schema, clock });
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
