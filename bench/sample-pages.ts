/** Pages for the benchmarks of the wiki. */
import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import type { ContentManagement } from "../packages/wiki/dist/application/content-management.js";
import { prose } from "./note.ts";

const SAVES_AT_ONCE = 32;
const SECTION_BYTES = 660;

export function slugOf(page: number): string {
  return `page-${page}`;
}

/** Returns Markdown of about `bytes` bytes: sections with a heading, a paragraph, and a list of links to other pages. */
export function article(page: number, { pages, bytes }: { pages: number; bytes: number }): string {
  const sections = Math.max(1, Math.round(bytes / SECTION_BYTES));
  const link = (number: number) => {
    const other = (page * 7 + number * 13) % pages;
    return `- [[Page ${other}]] and [page ${(other + 1) % pages}](/${slugOf((other + 1) % pages)})\n`;
  };
  const parts = Array.from({ length: sections }, (_, section) => {
    const text = prose(SECTION_BYTES - 120, page * 100 + section + 1);
    return `## Section ${section + 1} of page ${page}\n\n${text} **and more**, \`code ${section}\`.\n\n${link(section)}`;
  });
  return `${parts.join("\n")}\nOnly page ${page} has the word unique${page}word.\n`;
}

/** Creates `pages` pages of `bytes` bytes. */
export async function writePages(
  content: ContentManagement,
  { pages, bytes }: { readonly pages: number; readonly bytes: number },
): Promise<void> {
  const create = (page: number) =>
    content.addPage({ title: `Page ${page}`, slug: slugOf(page), body: article(page, { pages, bytes }) });
  await asUser(randomUUID(), async () => {
    for (let first = 0; first < pages; first += SAVES_AT_ONCE) {
      const count = Math.min(SAVES_AT_ONCE, pages - first);
      await Promise.all(Array.from({ length: count }, (_, index) => create(first + index)));
    }
  });
}
