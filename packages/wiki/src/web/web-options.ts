import type { ContentManagement } from "../application/content-management.ts";
import type { Drafts } from "../application/drafts.ts";
import type { Views } from "../application/views.ts";
import type { Config } from "../config.ts";
import type { ResponseCache } from "../http/response-cache.ts";
import type { Identity } from "../identity/identity.ts";
import type { TaskRunner } from "../workers/task-runner.ts";

export interface WebOptions {
  readonly content: ContentManagement;
  readonly identity: Identity;
  readonly drafts: Drafts;
  readonly views: Views;
  readonly workers: TaskRunner;
  readonly responses: ResponseCache;
  readonly policy: { readonly publicReading: boolean };
  readonly config: Pick<
    Config,
    "publicOrigin" | "reading" | "signUp" | "signInsPerMinute" | "trustProxy" | "wikiName"
  >;
}
