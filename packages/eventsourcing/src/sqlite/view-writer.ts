/**
 * The entry of the thread that writes views: does what it is told, in that order, and answers each time. The thread
 * has the only connection of this process that writes views.
 */
import { parentPort, workerData } from "node:worker_threads";
import { endThread } from "./end-thread.ts";
import { openViewConnection } from "./view-connection.ts";
import { failureOf, type ViewFailure } from "./view-failure.ts";
import { ViewTransactions } from "./view-transactions.ts";

/** What the thread can be told: a method and its arguments. */
export type ViewTask = {
  [Method in keyof ViewTransactions]: {
    readonly method: Method;
    readonly args: Parameters<ViewTransactions[Method]>;
  };
}[keyof ViewTransactions];

/** What the thread says: once that it is ready, then the outcome of each task. */
export type ViewAnswer = { readonly value: unknown } | { readonly failure: ViewFailure };

if (parentPort === null) throw new Error("The SQLite writer of views runs in a thread of its own.");
const port = parentPort;
const transactions = new ViewTransactions(openViewConnection(String(workerData)));

port.on("message", (task: ViewTask) => {
  port.postMessage(answerOf(task));
  if (task.method === "close") endThread(port);
});
port.postMessage({ value: "ready" } satisfies ViewAnswer);

function answerOf({ method, args }: ViewTask): ViewAnswer {
  try {
    const work = transactions[method] as (...args: readonly unknown[]) => unknown;
    return { value: work.apply(transactions, args) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}
