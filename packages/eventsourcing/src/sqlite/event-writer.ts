/** The program of the thread that writes events. It has the only connection of its recorder that writes. */
import type { Batch } from "./batch.ts";
import { BatchWriter } from "./batch-writer.ts";
import { openConnection } from "./connection.ts";
import { answerCalls, threadDatabasePath } from "./database-thread.ts";

const writer = new BatchWriter(openConnection(threadDatabasePath()));
answerCalls(
  (batch: Batch) => writer.commit(batch),
  () => writer.close(),
);
