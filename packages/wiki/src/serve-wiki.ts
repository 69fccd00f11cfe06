import cluster from "node:cluster";
import type { ServedWiki } from "./cli/wiki.ts";
import type { Config } from "./config.ts";
import { createWiki, startServer } from "./create-wiki.ts";
import { ClusterPrimary } from "./processes/cluster-primary.ts";
import { ClusterWorker } from "./processes/cluster-worker.ts";
import type { ProjectionHost } from "./processes/projection-host.ts";
import { ProjectionThread } from "./processes/projection-thread.ts";

/** Serves a wiki in this process, or with `workers` above 1 in processes that this one starts. */
export function serveWiki(config: Config): Promise<ServedWiki> {
  if (cluster.isWorker) return serveAsWorker(config);
  if (config.workers > 1) return serveByWorkers(config);
  // A database in memory belongs to one thread.
  return serveWith(config, config.database.kind === "memory" ? undefined : new ProjectionThread(config));
}

async function serveWith(config: Config, host?: ProjectionHost): Promise<ServedWiki> {
  const wiki = await createWiki(config, host);
  try {
    const { address, close } = await startServer(wiki);
    return {
      address,
      firstAdministratorToken: () => wiki.identity.firstAdministratorToken(),
      async close() {
        await close();
        await wiki.close();
      },
    };
  } catch (error) {
    await wiki.close();
    throw error;
  }
}

async function serveAsWorker(config: Config): Promise<ServedWiki> {
  const worker = await ClusterWorker.connect();
  const served = await serveWith({ ...config, port: worker.port }, worker);
  const { address } = served;
  worker.ready({ address, firstAdministratorToken: await served.firstAdministratorToken() });
  return { ...served, stopRequested: worker.stopRequested };
}

async function serveByWorkers(config: Config): Promise<ServedWiki> {
  const primary = new ClusterPrimary(config, (line) => process.stderr.write(`${line}\n`));
  const { address, firstAdministratorToken } = await primary.start();
  return {
    address,
    firstAdministratorToken: async () => firstAdministratorToken,
    close: () => primary.stop(),
  };
}
