import type { Names } from "../application/people.ts";
import type { PageChange } from "../projections/page-change.ts";
import { personJson } from "./page-json.ts";

/** A change of a page. What the change did not touch is left out. */
export function changeJson(change: PageChange, names: Names) {
  const { position, version, kind, title, slug, at, userId, summary, sizeDelta, saveId, merged, of } = change;
  return {
    version,
    position,
    kind,
    ...(title === null ? {} : { title }),
    ...(slug === null ? {} : { slug }),
    at: at.toISOString(),
    by: personJson(userId, names),
    summary,
    sizeDelta,
    saveId,
    ...(merged === null ? {} : { merged }),
    ...(of === null ? {} : { of }),
  };
}
