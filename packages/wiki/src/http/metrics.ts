import type { ProjectionStatus } from "@palimpsest/eventsourcing";

/** What `/metrics` is made of. */
export interface Measured {
  /** The id of the last notification. */
  readonly events: number;
  readonly views: readonly ProjectionStatus[];
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Returns the state of the wiki in the text format of Prometheus (version 0.0.4). */
export function metricsText({ events, views }: Measured): string {
  const ofViews = (value: (view: ProjectionStatus) => number): Sample[] =>
    views.map((view) => [{ view: view.name }, value(view)]);
  const { rss, heapUsed } = process.memoryUsage();
  return [
    metric("palimpsest_events_total", "counter", "Events recorded.", [[{}, events]]),
    metric(
      "palimpsest_view_position",
      "gauge",
      "The last notification that a view has processed.",
      ofViews(({ position }) => position),
    ),
    metric(
      "palimpsest_view_lag",
      "gauge",
      "Notifications that a view has not processed yet.",
      ofViews(({ lag }) => lag),
    ),
    metric(
      "palimpsest_view_rate",
      "gauge",
      "Notifications processed a second.",
      ofViews(({ ratePerSecond }) => ratePerSecond),
    ),
    metric(
      "palimpsest_view_stopped",
      "gauge",
      "1 when a view has stopped at an event.",
      ofViews(({ stopped }) => (stopped ? 1 : 0)),
    ),
    metric(
      "palimpsest_view_runs_here",
      "gauge",
      "1 when this process keeps the view.",
      ofViews(({ runner }) => (runner === "here" ? 1 : 0)),
    ),
    metric("process_resident_memory_bytes", "gauge", "Memory of the process.", [[{}, rss]]),
    metric("nodejs_heap_size_used_bytes", "gauge", "Heap in use.", [[{}, heapUsed]]),
    metric("process_uptime_seconds", "gauge", "Since the process started.", [[{}, process.uptime()]]),
  ].join("");
}

function metric(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
    return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}
