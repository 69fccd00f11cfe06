import type { PageDetails } from "../application/pages.ts";
import { type Names, nameOf } from "../application/people.ts";
import type { UserId } from "../domain/user.ts";
import type { PageChange } from "../projections/page-change.ts";

/** Returns the JSON of a person; null if the person is unknown. */
export function personJson(userId: UserId | null, names: Names): { id: string; name: string } | null {
  return userId === null ? null : { id: userId, name: nameOf(userId, names) };
}

export function listedPageJson(page: Omit<PageDetails, "body">, names: Names) {
  return {
    id: page.id,
    slug: page.slug,
    title: page.title,
    version: page.version,
    archived: page.archived,
    createdAt: page.createdAt.toISOString(),
    createdBy: personJson(page.createdBy, names),
    modifiedAt: page.modifiedAt.toISOString(),
    modifiedBy: personJson(page.modifiedBy, names),
  };
}

export function pageJson(page: PageDetails, names: Names, position: number) {
  return { ...listedPageJson(page, names), body: page.body, position };
}

/** A change of a page, with only the fields that it changed. */
export function changeJson(change: PageChange, names: Names) {
  const { position, version, kind, title, slug, files, at, userId } = change;
  const { summary, sizeDelta, saveId, merged, of } = change;
  return {
    version,
    position,
    kind,
    ...(title === null ? {} : { title }),
    ...(slug === null ? {} : { slug }),
    ...(files === null ? {} : { files: [...files] }),
    at: at.toISOString(),
    by: personJson(userId, names),
    summary,
    sizeDelta,
    saveId,
    ...(merged === null ? {} : { merged }),
    ...(of === null ? {} : { of }),
  };
}
