import { canonicalSlug } from "../content/slug.ts";
import { requireUnchanged } from "./merge-fields.ts";
import type { PageStore } from "./page-store.ts";
import type { ArchiveCommand, CommandResult, UnarchiveCommand } from "./pages.ts";

export async function archivePage(
  pages: PageStore,
  pageId: string,
  command: ArchiveCommand,
): Promise<CommandResult> {
  return pages.runOn(pageId, command.summary, async (store) => {
    const page = await store.get(pageId);
    const base = await store.getBase(page, command.baseVersion);
    if (page.archived) return store.save(page);
    requireUnchanged(base, page);
    page.archive();
    return store.save(page, page, await store.claims.release(page.slug));
  });
}

export async function unarchivePage(
  pages: PageStore,
  pageId: string,
  command: UnarchiveCommand,
): Promise<CommandResult> {
  const newSlug = command.slug === undefined ? undefined : canonicalSlug(command.slug);
  return pages.runOn(pageId, command.summary, async (store) => {
    const page = await store.get(pageId);
    await store.getBase(page, command.baseVersion);
    if (!page.archived) return store.save(page);
    const slug = newSlug ?? page.slug;
    page.unarchive(slug);
    return store.save(page, page, await store.claims.claim(slug, page.id));
  });
}
