import { readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join, parse } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  ProjectionRunner,
  type ProjectionRunnerOptions,
  type Recorder,
  type ViewStore,
} from "@palimpsest/eventsourcing";
import type { ContentManagement } from "./application/content-management.ts";
import type { Views } from "./application/views.ts";
import type { Config, Database } from "./config.ts";
import { PageReaderThreads } from "./processes/page-reader-threads.ts";
import { type ProjectionHost, STOP_PROJECTIONS_MS } from "./processes/projection-host.ts";
import { PageBatches } from "./projections/page-batches.ts";
import { PageReader, type PageReading } from "./projections/page-reader.ts";
import type { ProjectedViews } from "./projections/projected-views.ts";

interface ViewsOptions extends Pick<ProjectionRunnerOptions<never>, "holder" | "onError"> {
  /** The origin of the wiki, whose absolute addresses are links within the wiki. */
  readonly origin?: string | undefined;
  /** Receives a message about a file of views that was replaced. Default: a warning of the process. */
  readonly onReplacedFile?: ((message: string) => void) | undefined;
  /** The settings of a database that other threads may open, too. Without them, this thread builds the views alone. */
  readonly config?: Config | undefined;
  /** Runs the projections. Default: the runner of the views runs them in this thread. */
  readonly host?: ProjectionHost | undefined;
}

export interface OpenViews extends Views {
  readonly runner: Views["runner"] & Pick<ProjectionRunner<never>, "failures" | "watch" | "wake">;
}

/** Opens the views of a wiki beside its database. Loads the modules and drivers of that database only. */
export async function openViews(
  database: Database,
  recorder: Recorder,
  content: ContentManagement,
  { onReplacedFile = (message) => process.emitWarning(message), ...options }: ViewsOptions = {},
): Promise<OpenViews> {
  const reading = openPageReading(content, options);
  const memoryMb = options.config?.viewMemoryMb ?? DEFAULT_MB;
  const batches = new PageBatches(reading, BATCH_UNITS_PER_MB * memoryMb);
  const batchWeight = BATCH_WEIGHT_PER_MB * memoryMb;
  const runnerOptions = {
    recorder,
    mapper: content.mapper,
    batchWeight,
    batchIntervalMs: BATCH_INTERVAL_MS,
    ...options,
  };
  const viewsOn = <Change>(store: ViewStore<Change>, views: ProjectedViews<Change>) => ({
    ...withRunner(store, views, reading, runnerOptions),
    replacedFiles: async () => (database.kind === "sqlite" ? replacedFiles(viewsPath(database.path)) : []),
  });
  switch (database.kind) {
    case "memory": {
      const { memoryViewStore } = await import("@palimpsest/eventsourcing/memory");
      const { memoryViews } = await import("./projections/memory/views.ts");
      const store = memoryViewStore();
      return viewsOn(store, memoryViews(store, batches));
    }
    case "sqlite": {
      const { sqliteViewStore } = await import("@palimpsest/eventsourcing/sqlite");
      const { sqliteViews } = await import("./projections/sql/views.ts");
      const store = await sqliteViewStore({
        path: viewsPath(database.path),
        onDamagedFile: ({ path, movedTo, error }) =>
          onReplacedFile(
            `The file of views ${path} cannot be used: ${reasonOf(error)} It was renamed to ${movedTo}. The views are rebuilt.`,
          ),
      });
      return viewsOn(store, sqliteViews(store, batches));
    }
    case "postgres": {
      const { postgresViewStore } = await import("@palimpsest/eventsourcing/postgres");
      const { postgresViews } = await import("./projections/sql/views.ts");
      const store = await postgresViewStore({ url: database.url, schema: `${database.schema}_views` });
      return viewsOn(store, postgresViews(store, batches));
    }
  }
}

/** Views are behind by at most this, and edits of that time share a transaction. */
const BATCH_INTERVAL_MS = 20;

/**
 * Shares of the memory for building views. Most of it is for the objects and messages that a batch is turned into, for
 * garbage, and for the caches of databases.
 */
const BATCH_UNITS_PER_MB = 40_000;
const BATCH_WEIGHT_PER_MB = 25_000;
const CACHED_UNITS_PER_MB = 80_000;
const DEFAULT_MB = 200;
const MAX_READER_THREADS = 8;

type ClosablePageReading = PageReading & { close(): Promise<void> };

function openPageReading(
  content: ContentManagement,
  { origin, config, host }: ViewsOptions,
): ClosablePageReading {
  const cachedUnits = CACHED_UNITS_PER_MB * (config?.viewMemoryMb ?? DEFAULT_MB);
  const load = (pageId: string, version: number) => content.getPageById(pageId, version);
  const local = new PageReader(load, origin, cachedUnits);
  // One core is for the thread that reads events and writes views. A single reader would only add copies of pages.
  const count = Math.min(availableParallelism() - 1, MAX_READER_THREADS);
  if (config === undefined || config.database.kind === "memory" || host !== undefined || count < 2)
    return Object.assign(local, { close: async () => {} });
  return new PageReaderThreads({ config, cachedUnits: cachedUnits / count, count, local });
}

function withRunner<Change>(
  store: ViewStore<Change>,
  { projections, ...views }: ProjectedViews<Change>,
  reading: ClosablePageReading,
  {
    host,
    ...options
  }: ViewsOptions &
    Pick<ProjectionRunnerOptions<never>, "recorder" | "mapper" | "batchWeight" | "batchIntervalMs">,
): Omit<OpenViews, "replacedFiles"> {
  const parts = { ...options, store, projections };
  const runner = host === undefined ? new ProjectionRunner(parts) : new HostedRunner(parts, host);
  return {
    ...views,
    runner,
    async activeViews() {
      const generations = (await store.generations()).filter(({ active }) => active);
      return generations.map(({ view, number, position }) => ({ name: view, generation: number, position }));
    },
    async close() {
      const stopped = new AbortController();
      const stopping = runner.stop().then(() => stopped.abort());
      await Promise.race([
        stopping,
        pause(STOP_PROJECTIONS_MS, undefined, { signal: stopped.signal }).catch(() => {}),
      ]);
      await reading.close();
      await store.close();
    },
  };
}

/** A runner whose projections run in a host. */
class HostedRunner<Change> extends ProjectionRunner<Change> {
  readonly #recorder: ProjectionRunnerOptions<Change>["recorder"];
  readonly #host: ProjectionHost;
  #unwatch: (() => void) | undefined;

  constructor(options: ProjectionRunnerOptions<Change>, host: ProjectionHost) {
    super({ ...options, remote: host });
    this.#recorder = options.recorder;
    this.#host = host;
  }

  override start(): void {
    // The host polls for commits, but learns of those of this process sooner.
    this.#unwatch = this.#recorder.watch(() => this.#host.wake());
    this.#host.start();
  }

  override async stop(): Promise<void> {
    this.#unwatch?.();
    await this.#host.stop();
  }
}

function reasonOf(error: unknown): string {
  const { message } = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error);
  return message.endsWith(".") ? message : `${message}.`;
}

/** Resolves to the files of views that were renamed because they could not be used, in order of time. */
async function replacedFiles(path: string): Promise<readonly string[]> {
  const { name, ext } = parse(path);
  const files = await readdir(dirname(path));
  return files.filter((file) => file.startsWith(`${name}.damaged-`) && file.endsWith(ext)).sort();
}

/** Returns the path of the views' file: `wiki.db` has its views in `wiki-views.db`. */
function viewsPath(path: string): string {
  const { name, ext } = parse(path);
  return join(dirname(path), `${name}-views${ext}`);
}
