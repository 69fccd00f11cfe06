import type { ContentManagement } from "./content-management.ts";
import type { VersionAttribution } from "./page-record.ts";
import type { Views } from "./views.ts";

/** Each costs a read of its own: a view that is further behind is waited for, not stood in for. */
const MOST_READ_ONE_BY_ONE = 200;

/**
 * Resolves to who made these versions of a page, and when: what the view knows, and of those it has not heard of yet,
 * the newest from the record itself. Of others, to nothing.
 */
export async function attributionsOf(
  { record }: Pick<ContentManagement, "record">,
  { recentChanges }: Pick<Views, "recentChanges">,
  pageId: string,
  versions: Iterable<number>,
): Promise<ReadonlyMap<number, VersionAttribution>> {
  const asked = [...new Set(versions)];
  const edits = await recentChanges.editsOf(pageId, asked);
  const known = new Map(edits.map(({ version, userId, at }) => [version, { userId, at }]));
  const unknown = asked.filter((version) => !known.has(version)).sort((one, other) => other - one);
  const read = await record.attributions(pageId, unknown.slice(0, MOST_READ_ONE_BY_ONE));
  return new Map([...known, ...read]);
}
