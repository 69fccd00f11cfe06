import type { ContentManagement } from "../application/content-management.ts";
import type { Views } from "../application/views.ts";
import type { Config } from "../config.ts";
import type { Identity } from "../identity/identity.ts";

/** What a command needs of a wiki. */
export interface OpenWiki {
  readonly content: ContentManagement;
  readonly identity: Identity;
  readonly views: Views;
  /** Ends what is under way and releases the databases. */
  close(): Promise<void>;
}

/** A wiki with a server before it. */
export interface ServedWiki extends OpenWiki {
  /** Where it listens, as an address for a browser. */
  readonly address: string;
}

/** What the commands are given by the entry of the program. */
export interface Dependencies {
  readonly version: string;
  /** Opens the databases, making them where they are missing. */
  readonly openWiki: (config: Config) => Promise<OpenWiki>;
  /** As `openWiki`, and listens. */
  readonly serveWiki: (config: Config) => Promise<ServedWiki>;
}

/** Runs `work` on the wiki and closes it, whatever happens. */
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
