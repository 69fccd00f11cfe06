/** A process that follows a log and reports for each event when it was notified and when it had read the event. */
import { NotificationLog } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import type { Arrival } from "./suites/delay.ts";

const [kind, location = ""] = process.argv.slice(2);
const recorder =
  kind === "PostgreSQL"
    ? await postgresRecorder({ url: location })
    : await sqliteRecorder({ path: location });
let notifiedAt = 0n;
recorder.watch(() => {
  notifiedAt = process.hrtime.bigint();
});
process.send?.("ready");
for await (const { id } of new NotificationLog(recorder).subscribe({ start: 1 })) {
  const arrival: Arrival = {
    id,
    notifiedAt: String(notifiedAt),
    readAt: String(process.hrtime.bigint()),
  };
  process.send?.(arrival);
}
