import { randomUUID } from "node:crypto";
import { NAMESPACE_URL, uuid5 } from "@palimpsest/eventsourcing";
import { canonicalSlug } from "../content/slug.ts";
import { Page } from "../domain/page.ts";
import { requireUser } from "../domain/user.ts";
import { IdempotencyKeyReusedError } from "./errors.ts";
import { requireBody, requireTitle } from "./limits.ts";
import { type AttachedFiles, attachFiles, withStoredFiles } from "./page-files.ts";
import { detailsOf, type PageSaveable, type PageStore } from "./page-store.ts";
import type { CommandResult, NewPage } from "./pages.ts";

export async function createPage(
  pages: PageStore,
  logEntryOf: (pageId: string) => PageSaveable,
  newPage: NewPage,
): Promise<CommandResult> {
  const userId = requireUser();
  const title = requireTitle(newPage.title);
  const body = requireBody(newPage.body ?? "");
  const slug = newPage.slug === undefined ? undefined : canonicalSlug(newPage.slug);
  const key = newPage.idempotencyKey;
  const id =
    newPage.id ??
    (key === undefined ? randomUUID() : uuid5(NAMESPACE_URL, `/users/${userId}/created/${key}`));
  let attempt = 0;
  const create = (attached: AttachedFiles) =>
    pages.run(newPage.summary, async (store) => {
      attempt += 1;
      const created = key === undefined ? undefined : await store.find(id, 1);
      if (key !== undefined && created !== undefined) {
        const isSame =
          created.title === title && created.body === body && (slug ?? created.slug) === created.slug;
        if (!isSame) throw new IdempotencyKeyReusedError(key);
        return { page: detailsOf(created), position: await store.position(), merged: false };
      }
      const claim = await (slug === undefined
        ? store.claims.claimByTitle(title, id, attempt)
        : store.claims.claim(slug, id));
      const page = Page.create({ title, slug: claim.name, body }, id);
      attachFiles(page, attached);
      return store.save(page, page, logEntryOf(page.id), claim);
    });
  return withStoredFiles(pages.files, id, { files: newPage.files, text: body }, create);
}
