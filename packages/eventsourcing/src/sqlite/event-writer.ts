/** The program of the thread that writes events. It has the only connection of its recorder that writes. */
import { type BatchMessage, batchOf, type OutcomeMessage, outcomeMessageOf } from "./batch-message.ts";
import { BatchWriter } from "./batch-writer.ts";
import { openConnection } from "./connection.ts";
import { answerCallsTogether, threadDatabasePath } from "./database-thread.ts";

const writer = new BatchWriter(openConnection(threadDatabasePath()));
answerCallsTogether(
  // Batches that arrived during the last commit are committed together.
  (messages: readonly BatchMessage[]): OutcomeMessage[] =>
    writer.commitAll(messages.map(batchOf)).map(outcomeMessageOf),
  () => writer.close(),
);
