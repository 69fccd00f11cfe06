import type { AuthoredPage, VersionAttribution } from "../application/page-record.ts";
import type { Names } from "../application/people.ts";
import { personJson } from "./page-json.ts";

/**
 * Returns the JSON of the authorship of a page.
 * @throws Error if the record lacks a version that wrote a part: a bug
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
          `Version ${run.version} of page ${pageId} wrote a part of its body, and is missing from its record.`,
        );
      }
      return { ...run, by: personJson(edit.userId, names), at: edit.at.toISOString() };
    }),
  };
}
