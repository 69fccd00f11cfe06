import type { ClockStatus, NextStatus, ProjectionStatus } from "@palimpsest/eventsourcing";
import type { CacheCounts } from "./response-cache.ts";
import { SingleFlight } from "./single-flight.ts";

/** The values of `/metrics` that come from the database. */
export interface Measured {
  /** The id of the last notification. */
  readonly events: number;
  readonly clock: ClockStatus;
  readonly views: readonly ProjectionStatus[];
  /** How often the thread of the projections has crashed since this server started. */
  readonly projectionCrashes: number;
  /** The number of files of views that were renamed because they could not be used. */
  readonly replacedViewFiles: number;
}

/** The metrics of one process. It can be sent as a message. */
export interface ProcessMetrics {
  /** The label of the process, if the server has several. */
  readonly process?: string;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly uptimeSeconds: number;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** The metrics of a wiki. While the database does not respond, its metrics have the values of the last answer. */
export class Metrics {
  readonly #measurement: SingleFlight<void>;
  readonly #cacheCounts: () => CacheCounts;
  #last: { readonly measured: Measured; readonly at: number } | undefined;

  readonly #measureProcesses: () => Promise<readonly ProcessMetrics[]>;

  /**
   * @param cacheCounts the counts of the cached responses of this process
   * @param measureProcesses resolves to the metrics of the server's processes; default: those of this process
   */
  constructor(
    measure: () => Promise<Measured>,
    cacheCounts: () => CacheCounts,
    measureProcesses: () => Promise<readonly ProcessMetrics[]> = async () => [processMetrics()],
  ) {
    this.#cacheCounts = cacheCounts;
    this.#measureProcesses = measureProcesses;
    this.#measurement = new SingleFlight(async () => {
      this.#last = { measured: await measure(), at: performance.now() };
    });
  }

  /**
   * Resolves within a second to Prometheus' text format (version 0.0.4). Values of the database are omitted if it has
   * never answered.
   */
  async text(): Promise<string> {
    const measuringProcesses = this.#measureProcesses();
    const isUp = await this.#measurement.run().then(
      () => true,
      () => false,
    );
    const processText = cacheText(this.#cacheCounts()) + processesText(await measuringProcesses);
    const databaseText = metric(
      "palimpsest_database_up",
      "gauge",
      "1 if the database responds. If not, its metrics are those of its last answer.",
      [[{}, isUp ? 1 : 0]],
    );
    if (this.#last === undefined) return databaseText + processText;
    const age = isUp ? 0 : (performance.now() - this.#last.at) / 1_000;
    const ageText = metric(
      "palimpsest_measured_age_seconds",
      "gauge",
      "Age of the metrics that come from the database.",
      [[{}, age]],
    );
    return databaseText + ageText + measuredText(this.#last.measured) + processText;
  }
}

function measuredText({ events, clock, views, projectionCrashes, replacedViewFiles }: Measured): string {
  const samples = <Of extends { readonly view: string }>(of: Of[], value: (one: Of) => number | undefined) =>
    of.flatMap((one): Sample[] => {
      const found = value(one);
      return found === undefined ? [] : [[{ view: one.view }, found]];
    });
  const active = views.map((status) => ({ ...status, view: status.name }));
  const next = views.flatMap(({ name, next }) => (next === undefined ? [] : [{ ...next, view: name }]));
  const ofViews = (name: string, help: string, value: (view: ProjectionStatus) => number | undefined) =>
    metric(`palimpsest_view_${name}`, "gauge", help, samples(active, value));
  const ofNext = (name: string, help: string, value: (view: NextStatus) => number | undefined) =>
    metric(`palimpsest_view_next_${name}`, "gauge", help, samples(next, value));
  return [
    metric("palimpsest_events_total", "counter", "Events recorded.", [[{}, events]]),
    metric(
      "palimpsest_clock_ahead_seconds",
      "gauge",
      "How far the time of the next event would be ahead of the expected time.",
      [[{}, clock.aheadMs / 1_000]],
    ),
    metric(
      "palimpsest_clock_incidents_total",
      "counter",
      "Times that this process found the clock too far ahead.",
      [[{}, clock.incidents]],
    ),
    metric("palimpsest_clock_refuses_writes", "gauge", "1 while writes are refused because of the clock.", [
      [{}, clock.state === "refusing" ? 1 : 0],
    ]),
    ofViews("position", "The last notification that a view has processed.", ({ position }) => position),
    ofViews("lag", "Notifications that a view has not processed yet.", ({ lag }) => lag),
    ofViews(
      "rate",
      "Notifications processed per second over the last 30 seconds, from the second request on.",
      ({ ratePerSecond }) => ratePerSecond,
    ),
    ofViews("stopped", "1 if a view has stopped at an event.", ({ stopped }) => (stopped ? 1 : 0)),
    ofViews("runs_here", "1 if this server runs the view's projection.", ({ runner }) =>
      runner === "here" ? 1 : 0,
    ),
    metric(
      "palimpsest_projection_crashes_total",
      "counter",
      "Times that the thread of the projections has ended and was started again.",
      [[{}, projectionCrashes]],
    ),
    metric(
      "palimpsest_view_files_replaced",
      "gauge",
      "Files of views that were renamed because they could not be used, and still exist.",
      [[{}, replacedViewFiles]],
    ),
    ofNext("position", "The last notification that the rebuild of a view has processed.", ({ done }) => done),
    ofNext(
      "lag",
      "Notifications that the rebuild of a view has not processed yet.",
      ({ done, total }) => total - done,
    ),
    ofNext("rate", "Like palimpsest_view_rate, for the rebuild of a view.", (view) => view.ratePerSecond),
    ofNext("stopped", "1 if the rebuild of a view has stopped at an event.", ({ stopped }) =>
      stopped ? 1 : 0,
    ),
  ].join("");
}

function cacheText({ hits, misses, responses, bytes }: CacheCounts): string {
  const cacheMetric = (name: string, type: "counter" | "gauge", help: string, value: number) =>
    metric(`palimpsest_response_cache_${name}`, type, help, [[{}, value]]);
  return [
    cacheMetric("hits_total", "counter", "Requests that this process answered with a cached response.", hits),
    cacheMetric("misses_total", "counter", "Cacheable responses that this process had to make.", misses),
    cacheMetric("responses", "gauge", "Responses in the cache of this process.", responses),
    cacheMetric("bytes", "gauge", "Size of the cached responses, compressed variants included.", bytes),
  ].join("");
}

/** Returns the metrics of this process. */
export function processMetrics(): ProcessMetrics {
  const { rss, heapUsed } = process.memoryUsage();
  return { residentBytes: rss, heapUsedBytes: heapUsed, uptimeSeconds: process.uptime() };
}

function processesText(processes: readonly ProcessMetrics[]): string {
  const samples = (value: (metrics: ProcessMetrics) => number) =>
    processes.map(
      (metrics): Sample => [
        metrics.process === undefined ? {} : { process: metrics.process },
        value(metrics),
      ],
    );
  return [
    metric(
      "process_resident_memory_bytes",
      "gauge",
      "Memory of the process.",
      samples(({ residentBytes }) => residentBytes),
    ),
    metric(
      "nodejs_heap_size_used_bytes",
      "gauge",
      "Heap in use.",
      samples(({ heapUsedBytes }) => heapUsedBytes),
    ),
    metric(
      "process_uptime_seconds",
      "gauge",
      "Since the process started.",
      samples(({ uptimeSeconds }) => uptimeSeconds),
    ),
  ].join("");
}

function metric(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
    return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}
