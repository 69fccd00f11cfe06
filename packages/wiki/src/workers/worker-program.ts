import { parentPort } from "node:worker_threads";
import { transferError } from "./error-transfer.ts";
import { TASKS } from "./tasks.ts";
import type { TaskAnswer, TaskCall } from "./worker-thread.ts";

/** Runs in a worker thread: computes one task after the other. */
function answerTo({ name, input }: TaskCall): TaskAnswer {
  const compute: (input: never) => unknown = TASKS[name].compute;
  try {
    return { output: compute(input as never) };
  } catch (error) {
    return { error: transferError(error) };
  }
}

parentPort?.on("message", (call: TaskCall) => {
  const answer = answerTo(call);
  try {
    parentPort?.postMessage(answer);
  } catch (error) {
    // The output is not plain data.
    parentPort?.postMessage({ error: transferError(error) } satisfies TaskAnswer);
  }
});
