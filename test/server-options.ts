import { ChangeMonitor } from "../packages/wiki/src/application/change-monitor.ts";
import { ResponseCache } from "../packages/wiki/src/http/response-cache.ts";
import type { ServerOptions } from "../packages/wiki/src/http/server.ts";

const pending = () => new Promise<never>(() => {});

/** Returns options of a server without people, whose database does not respond. */
export function serverOptions(changed: Partial<ServerOptions> = {}): ServerOptions {
  return {
    config: {
      baseUrl: "http://localhost",
      publicOrigin: undefined,
      logLevel: "silent",
      reading: "public",
      trustProxy: false,
    },
    accounts: { personOfSession: async () => null, personOfToken: async () => null },
    isNew: async () => false,
    ready: pending,
    measure: pending,
    responses: new ResponseCache(
      new ChangeMonitor({
        log: { maxId: pending, select: pending },
        views: { activeViews: pending, site: { backlinksChangedBy: pending } },
      }),
    ),
    ...changed,
  };
}
