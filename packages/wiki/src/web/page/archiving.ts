import type { PageDetails } from "../../application/pages.ts";
import { authorName } from "../../application/people.ts";
import type { WebOptions } from "../web-options.ts";

export interface Archiving {
  /** ISO 8601. */
  readonly at: string;
  /** A name, or null if the person is unknown. */
  readonly by: string | null;
  readonly summary: string | null;
}

/** Resolves to the archiving of an archived page, which is its last event. */
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
