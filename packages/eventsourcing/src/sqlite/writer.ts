/**
 * The entry of the writer's thread: takes batches and answers each with its outcomes. The thread has the only
 * connection of this process that writes events.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { PackedBatch, PackedOutcomes } from "./batch.ts";
import { BatchWriter } from "./batch-writer.ts";
import { openConnection } from "./connection.ts";
import { endThread } from "./end-thread.ts";

/** What the thread says: once that it is ready, then the outcomes of each batch. */
export type WriterAnswer = "ready" | PackedOutcomes;

/** What the thread is told. */
export type WriterTask = PackedBatch | "close";

if (parentPort === null) throw new Error("The SQLite writer runs in a thread of its own.");
const port = parentPort;
const db = openConnection(String(workerData));
const writer = new BatchWriter(db);

port.on("message", (task: WriterTask) => {
  if (task === "close") {
    db.close();
    endThread(port);
  } else {
    port.postMessage(writer.commit(task) satisfies WriterAnswer);
  }
});
port.postMessage("ready" satisfies WriterAnswer);
