/** The program of a thread that runs queries of views. */
import { selectActive } from "../projections/sql-generations.ts";
import type { GenerationKey } from "../projections/view-rules.ts";
import type { Statement } from "../projections/view-store.ts";
import { openReadingConnection } from "./connection.ts";
import { answerCalls, threadDatabasePath } from "./database-thread.ts";
import { type Failure, failureOf } from "./failure.ts";
import { runStatement } from "./view-statements.ts";

/** A query on the tables of a generation. */
export interface ReadCall {
  readonly generation: GenerationKey;
  readonly statement: Statement;
}

/** `rows` is undefined if the generation is no longer active. */
export type ReadAnswer = { readonly rows: readonly unknown[] | undefined } | { readonly failure: Failure };

const db = openReadingConnection(threadDatabasePath());
answerCalls(answer, () => db.close());

function answer({ generation, statement }: ReadCall): ReadAnswer {
  try {
    // In one transaction, since the tables could be dropped between the two queries.
    const rows = db.transaction(() => {
      const [active] = runStatement(db, selectActive(generation.view)) as { readonly number: number }[];
      return active?.number === generation.number ? runStatement(db, statement) : undefined;
    })();
    return { rows };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}
