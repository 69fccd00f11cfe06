// A process that starts a runner and has nothing else to do. Prints "started", and stops the runner on SIGTERM.
// Arguments: the kind of runner, the backend, and the path or the URL and schema of its database.
import {
  application,
  eventFamily,
  ProcessRunner,
  ProjectionRunner,
  processApplication,
} from "../dist/index.js";
import { memoryRecorder, memoryViewStore } from "../dist/memory/index.js";
import { postgresRecorder, postgresViewStore } from "../dist/postgres/index.js";
import { sqliteRecorder, sqliteViewStore } from "../dist/sqlite/index.js";

const [, , kind, backend, database, schema] = process.argv;

const { Happened } = eventFamily("Thing", { Happened: {} });
class Things extends application({ logEvents: [Happened] }) {}
class Nothing extends processApplication({ handles: [Happened] }) {
  policy() {
    return [];
  }
}

const open = {
  memory: async () => [memoryRecorder(), memoryViewStore()],
  SQLite: async () => [
    await sqliteRecorder({ path: database }),
    await sqliteViewStore({ path: `${database}-views` }),
  ],
  PostgreSQL: async () => [
    await postgresRecorder({ url: database, schema }),
    await postgresViewStore({ url: database, schema: `${schema}_views` }),
  ],
};
const [recorder, store] = await open[backend]();
const things = new Things({ recorder });
const view = { name: "things", version: 1, handles: [Happened], tables: [], project: () => [] };
const runner =
  kind === "process"
    ? new ProcessRunner({ application: new Nothing({ recorder }), upstream: things, upstreamName: "things" })
    : new ProjectionRunner({ recorder, mapper: things.mapper, store, projections: [view] });
process.on("SIGTERM", async () => {
  await runner.stop();
  await store.close();
  await things.close();
});
runner.start();
process.stdout.write("started\n");
