import type { ContentManagement } from "./content-management.ts";
import type { VersionAttribution } from "./page-record.ts";
import type { Views } from "./views.ts";

/**
 * Resolves to who made these versions of a page, and when: what the view knows at once, and what it has not heard of
 * yet from the record itself. Of versions that there are not, to nothing.
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
  const read = await record.attributions(
    pageId,
    asked.filter((version) => !known.has(version)),
  );
  return new Map([...known, ...read]);
}
