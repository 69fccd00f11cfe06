import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dropSchemas, newSchema } from "../../../../test/postgres-schemas.ts";

const FIXTURE = fileURLToPath(new URL("../../test/started-runner.fixture.mjs", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function start(...args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [FIXTURE, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  if (child.stdout) await once(child.stdout, "data");
  return child;
}

describe.each(["process", "projection"])("a started %s runner", (kind) => {
  it.each(["memory", "SQLite", "PostgreSQL"])(
    "keeps its process alive until it stops, on %s",
    async (backend) => {
      const schema = newSchema();
      const database = backend === "SQLite" ? join(folder, `${kind}.db`) : schema.url;
      const child = await start(kind, backend, database, schema.schema);
      try {
        await pause(500);
        expect(child.exitCode).toBe(null);
        child.kill("SIGTERM");
        const [code, signal] = await once(child, "exit");
        expect([code, signal]).toEqual([0, null]);
      } finally {
        child.kill("SIGKILL");
        if (backend === "PostgreSQL")
          await dropSchemas([schema, { ...schema, schema: `${schema.schema}_views` }]);
      }
    },
  );
});
