/** The two functions of a test runner that the contracts call. Those of vitest, Jest and `node:test` fit. */
export interface TestRunner {
  describe(title: string, body: () => void): unknown;
  /** A runner without a third parameter ignores the time limit of the case. */
  it(title: string, body: () => Promise<void>, timeoutMs: number): unknown;
}

/** Time limit of one case, in milliseconds: several handles of a database on a busy machine. */
export const CASE_TIMEOUT_MS = 60_000;
