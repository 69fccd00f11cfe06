import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { Recorder } from "@palimpsest/eventsourcing";
import type { FastifyInstance } from "fastify";
import { ContentManagement } from "./application/content-management.ts";
import type { Drafts } from "./application/drafts.ts";
import type { Views } from "./application/views.ts";
import type { Config } from "./config.ts";
import { openDrafts } from "./drafts/open-drafts.ts";
import { type Identity, openIdentity } from "./identity/identity.ts";
import { loadSecret, randomSecret } from "./identity/secrets.ts";
import { openViews } from "./open-views.ts";
import { WorkerPool } from "./workers/worker-pool.ts";

const VERSION: string = createRequire(import.meta.url)("../package.json").version;

/** The parts of a wiki, without a server. */
export interface Wiki {
  readonly config: Config;
  readonly content: ContentManagement;
  readonly identity: Identity;
  readonly drafts: Drafts;
  readonly views: Views;
  readonly workers: WorkerPool;
  /** Finishes the work in progress and closes the databases. */
  close(): Promise<void>;
}

/** Opens the databases. Creates missing ones. */
export async function createWiki(config: Config): Promise<Wiki> {
  const { database } = config;
  const secret =
    database.kind === "memory" ? randomSecret() : await loadSecret(config.dataDir, config.secret);
  const recorder = await openRecorder(config);
  const workers = new WorkerPool();
  const content = new ContentManagement({
    recorder,
    workers,
    compression: config.compression,
    cipherKeys: config.cipherKeys,
    snapshots: { Page: { every: config.snapshotInterval } },
    cacheSize: config.cacheSize,
  });
  const opened: { close(): Promise<void> }[] = [workers, content];
  const close = async (): Promise<void> => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  try {
    const identity = await openIdentity({
      database,
      secret,
      baseUrl: config.baseUrl,
      signUp: config.signUp,
      secureCookies: config.baseUrl.startsWith("https:"),
    });
    opened.push(identity);
    const drafts = await openDrafts(database);
    opened.push(drafts);
    const views = await openViews(database, recorder, content, config.publicOrigin);
    opened.push(views);
    return { config, content, identity, drafts, views, workers, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens the recorder. Loads only the driver that it needs. */
async function openRecorder({ database, clock }: Pick<Config, "database" | "clock">): Promise<Recorder> {
  switch (database.kind) {
    case "memory": {
      const { memoryRecorder } = await import("@palimpsest/eventsourcing/memory");
      return memoryRecorder({ clock });
    }
    case "sqlite": {
      const { sqliteRecorder } = await import("@palimpsest/eventsourcing/sqlite");
      await mkdir(dirname(database.path), { recursive: true });
      return sqliteRecorder({ path: database.path, clock });
    }
    case "postgres": {
      const { postgresRecorder } = await import("@palimpsest/eventsourcing/postgres");
      return postgresRecorder({ url: database.url, schema: database.schema, clock });
    }
  }
}

/** Creates the server with its routes. It does not listen yet, and closing it does not close the wiki. */
export async function createWikiServer(wiki: Wiki): Promise<FastifyInstance> {
  // Commands that need no server start faster without these.
  const [{ createServer }, { api }, { web }] = await Promise.all([
    import("./http/server.ts"),
    import("./api/api.ts"),
    import("./web/web.ts"),
  ]);
  const { config, content, identity, drafts, views, workers } = wiki;
  const policy = { publicReading: config.reading === "public" };
  const measure = async () => ({
    events: await content.position(),
    clock: await content.notificationLog.clockStatus(),
    views: await views.runner.status(),
  });
  const server = await createServer({ config, accounts: identity, ready: () => content.position(), measure });
  await server.register(api, { content, accounts: identity, drafts, views, policy, version: VERSION });
  await server.register(web, {
    content,
    identity,
    drafts,
    views,
    workers,
    policy,
    config,
  });
  return server;
}

/** Starts the server and the projections. `close` answers the requests in progress first. */
export async function startServer(wiki: Wiki): Promise<{ address: string; close(): Promise<void> }> {
  const server = await createWikiServer(wiki);
  wiki.views.runner.start();
  const address = await server.listen({ host: wiki.config.host, port: wiki.config.port });
  return { address, close: () => server.close() };
}
