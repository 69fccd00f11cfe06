import type { ProcessMetrics } from "../http/metrics.ts";
import type { ProjectionReport } from "./projection-host.ts";

// The messages between the primary process of `serve --workers` and its workers.

export type MessageToWorker =
  | { readonly type: "start"; readonly start: WorkerStart }
  | { readonly type: "projections"; readonly report: ProjectionReport }
  | { readonly type: "measure" }
  | { readonly type: "measured"; readonly processes: readonly ProcessMetrics[] }
  | { readonly type: "stop" };

export type MessageToPrimary =
  // A worker requests its start message, since messages sent before it listens are lost.
  | { readonly type: "connect" }
  | { readonly type: "ready"; readonly ready: WorkerReady }
  | { readonly type: "wake" }
  | { readonly type: "retry"; readonly view: string }
  | { readonly type: "measure-all" }
  | { readonly type: "measured"; readonly metrics: ProcessMetrics };

export interface WorkerStart {
  /** The port on which all workers listen. */
  readonly port: number;
  /** The holder of the leases of the projections. */
  readonly holder: string;
  readonly report: ProjectionReport;
}

export interface WorkerReady {
  readonly address: string;
  readonly firstAdministratorToken: string | null;
}
