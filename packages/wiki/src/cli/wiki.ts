import type { ContentManagement } from "../application/content-management.ts";
import type { Views } from "../application/views.ts";
import type { Config } from "../config.ts";
import type { Identity } from "../identity/identity.ts";

export interface OpenWiki {
  readonly content: ContentManagement;
  readonly identity: Identity;
  readonly views: Views;
  /** Finishes the work in progress and closes the databases. */
  close(): Promise<void>;
}

export interface ServedWiki {
  /** The URL at which the server listens. */
  readonly address: string;
  /** Resolves to null if the wiki has an administrator. */
  firstAdministratorToken(): Promise<string | null>;
  /** Set in a process that another one has started: resolves when that one stops it. */
  readonly stopRequested?: Promise<void>;
  /** Finishes the requests in progress and closes the databases. */
  close(): Promise<void>;
}

/** Injected by main.ts, so that this folder does not import the parts that compose a wiki. */
export interface Dependencies {
  readonly version: string;
  /** Opens the databases. Creates missing ones. */
  readonly openWiki: (config: Config) => Promise<OpenWiki>;
  /** Opens the databases and starts the server. */
  readonly serveWiki: (config: Config) => Promise<ServedWiki>;
}

export async function withWiki<T>(
  dependencies: Dependencies,
  config: Config,
  work: (wiki: OpenWiki) => Promise<T>,
): Promise<T> {
  const wiki = await dependencies.openWiki(config);
  try {
    return await work(wiki);
  } finally {
    await wiki.close();
  }
}
