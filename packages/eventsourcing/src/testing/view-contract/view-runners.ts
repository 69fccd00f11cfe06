import type { AnyProjection } from "../../projections/projection.ts";
import { ProjectionRunner, type ProjectionRunnerOptions } from "../../projections/projection-runner.ts";
import { MAX_LEASE_MS, type ViewStore } from "../../projections/view-store.ts";
import type { ApplicationRecorder } from "../../recorder/recorder.ts";
import { sampleMapper } from "../sample-view.ts";

export const WAIT = { timeoutMs: 20_000 };
/** The time of a lease that does not expire during a test. */
export const LONG_MS: number = MAX_LEASE_MS;

type Options = Partial<Omit<ProjectionRunnerOptions<unknown>, "store" | "projections" | "recorder">>;

/** Returns a runner that polls and retries often. */
export function runnerOf<Change>(
  recorder: ApplicationRecorder,
  store: ViewStore<Change>,
  projections: readonly AnyProjection<Change>[],
  options: Options = {},
): ProjectionRunner<Change> {
  return new ProjectionRunner({
    recorder,
    mapper: sampleMapper,
    store,
    projections,
    pollIntervalMs: 10,
    retryDelayMs: 1,
    onError: () => {},
    ...options,
  });
}

export type RunnerOf = typeof runnerOf;

/** Stops the runners that `work` made, since a started one keeps the process alive. */
export async function stoppingRunners(work: (make: RunnerOf) => Promise<void>): Promise<void> {
  const runners: { stop(): Promise<void> }[] = [];
  try {
    await work((...args) => {
      const runner = runnerOf(...args);
      runners.push(runner);
      return runner;
    });
  } finally {
    await Promise.all(runners.map((runner) => runner.stop()));
  }
}

/** Returns `store` with some methods replaced. */
export function withMethods<Change>(
  store: ViewStore<Change>,
  methods: Partial<ViewStore<Change>>,
): ViewStore<Change> {
  return new Proxy(store, {
    get(target, name: keyof ViewStore<Change>) {
      const method = methods[name] ?? target[name];
      return method.bind(target);
    },
  });
}

export function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}
