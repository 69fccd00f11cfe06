import type { PageDetails } from "../../application/pages.ts";
import { authorName } from "../../application/people.ts";
import type { WebOptions } from "../web-options.ts";

/** When a page was archived, by whom and why, as screens say it. */
export interface Archiving {
  /** ISO 8601. */
  readonly at: string;
  /** A name, or null if nobody by that id is known. */
  readonly by: string | null;
  readonly summary: string | null;
}

/** Resolves to how an archived page came to be so: of such a page, that is the last event. */
export async function archivingOf(
  { id, version, modifiedAt, modifiedBy }: PageDetails,
  { content, identity }: Pick<WebOptions, "content" | "identity">,
): Promise<Archiving> {
  const [last] = await content.record.history(id, { before: version + 1, limit: 1 });
  const userId = last?.userId ?? modifiedBy;
  const names = await identity.personsByIds(userId === null ? [] : [userId]);
  return {
    at: (last?.at ?? modifiedAt).toISOString(),
    by: authorName(userId, names),
    summary: last?.summary ?? null,
  };
}
