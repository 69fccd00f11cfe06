import type { AuthoredPage, VersionAttribution } from "../application/page-record.ts";
import type { Names } from "../application/people.ts";
import { personJson } from "./page-json.ts";

/**
 * Who wrote which part of a page.
 * @throws Error when nobody is known to have made a version that wrote a part: the record is not whole
 */
export function blameJson(
  pageId: string,
  { version, runs }: AuthoredPage,
  edits: ReadonlyMap<number, VersionAttribution>,
  names: Names,
) {
  return {
    version,
    runs: runs.map((run) => {
      const edit = edits.get(run.version);
      if (edit === undefined) {
        throw new Error(
          `Version ${run.version} of page ${pageId} wrote a part of it and is not in its record.`,
        );
      }
      return { ...run, by: personJson(edit.userId, names), at: edit.at.toISOString() };
    }),
  };
}
