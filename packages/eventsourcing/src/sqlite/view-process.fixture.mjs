// A process that keeps the sums of views.db up to date with events.db until it is killed, and prints "running" once
// it has the lease.
import { join } from "node:path";
import { ProjectionRunner } from "../../dist/index.js";
import { sqliteRecorder, sqliteViewStore } from "../../dist/sqlite/index.js";
import { sampleMapper, sqlSums, sumsProjection } from "../../dist/testing/sample-view.js";

const folder = process.argv[2];
const recorder = await sqliteRecorder({ path: join(folder, "events.db") });
const store = await sqliteViewStore({ path: join(folder, "views.db") });
const runner = new ProjectionRunner({
  recorder,
  mapper: sampleMapper,
  store,
  projections: [sumsProjection(sqlSums, "sums")],
  batchSize: 3,
  leaseTtlMs: 300,
  pollIntervalMs: 20,
});
runner.start();
setInterval(async () => {
  const [status] = await runner.status();
  if (status.runner === "here") console.log("running");
}, 10);
