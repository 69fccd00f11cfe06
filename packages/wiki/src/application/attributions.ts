import type { ContentManagement } from "./content-management.ts";
import type { VersionAttribution } from "./page-record.ts";
import type { Views } from "./views.ts";

/**
 * Resolves to the authors and times of these versions of a page, from the view, or from the record if the view has not
 * processed a version yet. Versions that do not exist are left out.
 */
export async function attributionsOf(
  { record }: Pick<ContentManagement, "record">,
  { recentChanges }: Pick<Views, "recentChanges">,
  pageId: string,
  versions: Iterable<number>,
): Promise<ReadonlyMap<number, VersionAttribution>> {
  const requested = [...new Set(versions)];
  const edits = await recentChanges.editsOf(pageId, requested);
  const fromView = new Map(edits.map(({ version, userId, at }) => [version, { userId, at }]));
  const fromRecord = await record.attributions(
    pageId,
    requested.filter((version) => !fromView.has(version)),
  );
  return new Map([...fromView, ...fromRecord]);
}
