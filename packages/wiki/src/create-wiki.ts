import { createRequire } from "node:module";
import type { FastifyInstance } from "fastify";
import { ChangeMonitor } from "./application/change-monitor.ts";
import type { ContentManagement } from "./application/content-management.ts";
import type { Drafts } from "./application/drafts.ts";
import { PEOPLE } from "./application/read-trace.ts";
import type { Views } from "./application/views.ts";
import type { Config } from "./config.ts";
import { openDrafts } from "./drafts/open-drafts.ts";
import { type Identity, openIdentity } from "./identity/identity.ts";
import { loadSecret, randomSecret } from "./identity/secrets.ts";
import { openContent } from "./open-content.ts";
import { openViews } from "./open-views.ts";
import type { ProjectionHost } from "./processes/projection-host.ts";
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
  /** Undefined if the projections run in this thread. */
  readonly projectionHost: ProjectionHost | undefined;
  /** Finishes the work in progress and closes the databases. */
  close(): Promise<void>;
}

/**
 * Opens the databases. Creates missing ones.
 * @param projectionHost runs the projections; default: this thread
 */
export async function createWiki(config: Config, projectionHost?: ProjectionHost): Promise<Wiki> {
  const { database } = config;
  const secret =
    database.kind === "memory" ? randomSecret() : await loadSecret(config.dataDir, config.secret);
  const workers = new WorkerPool();
  const { recorder, content, files } = await openContent(config, { workers });
  const opened: { close(): Promise<void> }[] = [workers, ...(files === undefined ? [] : [files]), content];
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
    const options = { origin: config.publicOrigin, host: projectionHost, config };
    const views = await openViews(database, recorder, content, options);
    opened.push(views);
    return { config, content, identity, drafts, views, workers, projectionHost, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Creates the server with its routes. It does not listen yet, and closing it does not close the wiki. */
export async function createWikiServer(wiki: Wiki): Promise<FastifyInstance> {
  // Commands that need no server start faster without these.
  const [{ createServer }, { ResponseCache }, { api }, { web }] = await Promise.all([
    import("./http/server.ts"),
    import("./http/response-cache.ts"),
    import("./api/api.ts"),
    import("./web/web.ts"),
  ]);
  const { config, content, identity, drafts, views, workers, projectionHost } = wiki;
  const policy = { publicReading: config.reading === "public" };
  const measure = async () => ({
    events: await content.position(),
    clock: await content.notificationLog.clockStatus(),
    views: await views.runner.status(),
    projectionCrashes: projectionHost?.report.crashes ?? 0,
    replacedViewFiles: (await views.replacedFiles()).length,
  });
  const monitor = new ChangeMonitor({
    log: content.notificationLog,
    views,
    otherSources: { [PEOPLE]: () => identity.peopleVersion() },
  });
  const responses = new ResponseCache(monitor);
  const server = await createServer({
    config,
    accounts: identity,
    isNew: async () => !(await identity.hasAccounts()) && (await content.position()) === 0,
    ready: () => content.position(),
    measure,
    responses,
    measureProcesses: projectionHost && (() => projectionHost.measureProcesses()),
  });
  await server.register(api, {
    content,
    accounts: identity,
    drafts,
    views,
    responses,
    workers,
    policy,
    version: VERSION,
  });
  await server.register(web, {
    content,
    identity,
    drafts,
    views,
    workers,
    responses,
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
  const timer = deleteExpiredFiles(wiki, (error) => server.log.error(error));
  const close = (): Promise<void> => {
    clearInterval(timer);
    return server.close();
  };
  return { address, close };
}

const EXPIRY_INTERVAL_MS = 3_600_000;

/** Deletes unattached files that have expired, every hour. */
function deleteExpiredFiles({ content }: Wiki, onError: (error: unknown) => void): NodeJS.Timeout {
  return setInterval(() => void content.files.deleteExpired().catch(onError), EXPIRY_INTERVAL_MS).unref();
}
