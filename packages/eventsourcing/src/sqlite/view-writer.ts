/** The program of the thread that writes views. It has the only connection of its view store that writes. */
import { openViewConnection } from "./connection.ts";
import { type Failure, failureOf } from "./failure.ts";
import { ViewTransactions } from "./view-transactions.ts";
import { answerCalls, threadDatabasePath } from "./writer-thread.ts";

export type ViewCall = {
  [Method in keyof ViewTransactions]: {
    readonly method: Method;
    readonly args: Parameters<ViewTransactions[Method]>;
  };
}[keyof ViewTransactions];

export type ViewAnswer = { readonly value: unknown } | { readonly failure: Failure };

const db = openViewConnection(threadDatabasePath());
const transactions = new ViewTransactions(db);
answerCalls(answer, () => db.close());

function answer({ method, args }: ViewCall): ViewAnswer {
  try {
    const run = transactions[method] as (...args: readonly unknown[]) => unknown;
    return { value: run.apply(transactions, args) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}
