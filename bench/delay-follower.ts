/** A process that follows a log, and says of each event when it was called and when it had the event. */
import { NotificationLog } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import type { Arrival } from "./delay.ts";

const [kind, location = ""] = process.argv.slice(2);
const recorder =
  kind === "PostgreSQL"
    ? await postgresRecorder({ url: location })
    : await sqliteRecorder({ path: location });
let calledAt = 0n;
recorder.watch(() => {
  calledAt = process.hrtime.bigint();
});
process.send?.("ready");
for await (const { id } of new NotificationLog(recorder).subscribe({ start: 1 })) {
  const arrival: Arrival = {
    id,
    calledAt: String(calledAt),
    readAt: String(process.hrtime.bigint()),
  };
  process.send?.(arrival);
}
