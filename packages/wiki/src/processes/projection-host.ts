import type { RemoteRunner, ReportedFailure } from "@palimpsest/eventsourcing";
import { type ProcessMetrics, processMetrics } from "../http/metrics.ts";

/** The state of the thread that runs the projections. It can be sent as a message. */
export interface ProjectionReport {
  /** The failures of projections, by view. */
  readonly failures: Readonly<Record<string, ReportedFailure>>;
  /** The crash of the thread, until it runs again. No projection runs in the meantime. */
  readonly crash: ReportedFailure | undefined;
  /** How often the thread has crashed. */
  readonly crashes: number;
}

/** The longest time to wait for running batches when projections stop: the database may not answer. */
export const STOP_PROJECTIONS_MS = 3_000;

/** Runs the projections outside this thread. */
export abstract class ProjectionHost implements RemoteRunner {
  readonly holder: string;
  readonly #listeners = new Set<() => void>();
  #report: ProjectionReport = { failures: {}, crash: undefined, crashes: 0 };

  /** @param holder the holder of the leases */
  constructor(holder: string) {
    this.holder = holder;
  }

  abstract start(): void;
  /** Resolves when this host runs no projection any more. */
  abstract stop(): Promise<void>;
  abstract wake(): void;
  abstract retry(view: string): void;

  /** Resolves to the metrics of all processes of the server. */
  async measureProcesses(): Promise<readonly ProcessMetrics[]> {
    return [processMetrics()];
  }

  get report(): ProjectionReport {
    return this.#report;
  }

  failureOf(view: string): ReportedFailure | undefined {
    return this.#report.crash ?? this.#report.failures[view];
  }

  watch(listener: () => void): () => void {
    // A wrapper, so that the same listener can be added twice.
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Calls the listeners, after a change of the report or of a view. */
  protected notify(changes: Partial<ProjectionReport> = {}): void {
    this.#report = { ...this.#report, ...changes };
    for (const listener of [...this.#listeners]) listener();
  }
}
