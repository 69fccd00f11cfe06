import { AsyncLocalStorage } from "node:async_hooks";

interface PolicyRun {
  readonly application: object;
  isRunning: boolean;
}

const policyRuns = new AsyncLocalStorage<PolicyRun>();

/** Runs a policy of `application`, so that `isPolicyRunning` holds in everything that it calls. */
export async function runPolicy<Result>(
  application: object,
  policy: () => Result | Promise<Result>,
): Promise<Result> {
  const run: PolicyRun = { application, isRunning: true };
  try {
    return await policyRuns.run(run, policy);
  } finally {
    // A connection or timer that the policy created keeps its context, and may call the application later.
    run.isRunning = false;
  }
}

/** Whether the caller was called by a policy of `application` that has not returned. */
export function isPolicyRunning(application: object): boolean {
  const run = policyRuns.getStore();
  return run?.isRunning === true && run.application === application;
}
