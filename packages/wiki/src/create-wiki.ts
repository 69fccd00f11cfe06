import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Recorder } from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { ContentManagement } from "./application/content-management.ts";
import type { Config } from "./config.ts";
import { type Identity, openIdentity } from "./identity/identity.ts";
import { loadSecret } from "./identity/secrets.ts";

/** The parts of a running wiki, without any way in. */
export interface Wiki {
  readonly config: Config;
  readonly content: ContentManagement;
  readonly identity: Identity;
  /** Signs what browsers bring back. */
  readonly secret: string;
  /** Ends what is under way and releases the databases. */
  close(): Promise<void>;
}

/** Opens the databases that `config` names, making them where they are missing. */
export async function createWiki(config: Config): Promise<Wiki> {
  const { database } = config;
  if (database.kind === "sqlite") await mkdir(dirname(database.path), { recursive: true });
  const secret = await loadSecret(config.dataDir, config.secret);
  const recorder: Recorder =
    database.kind === "memory" ? memoryRecorder() : await sqliteRecorder({ path: database.path });
  const content = new ContentManagement({
    recorder,
    compression: config.compression,
    cipherKeys: config.cipherKeys,
    snapshottingIntervals: { Page: config.snapshotInterval },
    cacheSize: config.cacheSize,
  });
  try {
    const identity = await openIdentity({
      database,
      secret,
      baseUrl: config.baseUrl,
      signUp: config.signUp,
      secureCookies: config.baseUrl.startsWith("https:"),
    });
    const close = async (): Promise<void> => {
      await identity.close();
      await content.close();
    };
    return { config, content, identity, secret, close };
  } catch (error) {
    await content.close();
    throw error;
  }
}
