import type { ContentManagement } from "../application/content-management.ts";
import type { Drafts } from "../application/drafts.ts";
import type { People } from "../application/people.ts";
import type { Views } from "../application/views.ts";
import type { Authenticator } from "../http/person.ts";
import type { ResponseCache } from "../http/response-cache.ts";
import type { TaskRunner } from "../workers/task-runner.ts";

/** The dependencies of the JSON API. */
export interface ApiOptions {
  readonly content: ContentManagement;
  readonly accounts: People & Authenticator;
  readonly drafts: Drafts;
  readonly views: Views;
  readonly responses: ResponseCache;
  readonly workers: TaskRunner;
  readonly policy: { readonly publicReading: boolean };
  readonly version: string;
}
