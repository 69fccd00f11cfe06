/** Writes the history of a large wiki. */
import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import type { ContentManagement } from "../packages/wiki/dist/application/content-management.js";
import { Page } from "../packages/wiki/dist/domain/page.js";
import { prose } from "./note.ts";
import { article, slugOf } from "./sample-pages.ts";

/** Edits per group of concurrent saves, and saves in a group. */
const EDITS_AT_ONCE = 512;
const SAVES_AT_ONCE = 32;

/** Returns a generator of numbers from 0 to 1, the same in each run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    // The Park–Miller generator.
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Changes one line, as most edits do. */
function editLine(page: Page, edit: number, random: () => number): void {
  const lines = page.body.split("\n");
  const ofText = [...lines.keys()].filter((line) => /^[a-z]/i.test(lines[line] ?? ""));
  const words = prose(35, edit).replaceAll("\n", " ");
  lines[ofText[Math.floor(random() * (ofText.length - 1))] ?? 0] = `${words} as of edit ${edit}.`;
  page.updateBody(lines.join("\n"));
}

/**
 * Creates `pages` pages of `bytes` bytes and edits them until about `events` events are recorded. Half of the edits are of an eighth of
 * the pages.
 */
export async function writeHistory(
  content: ContentManagement,
  { pages, bytes, events }: { readonly pages: number; readonly bytes: number; readonly events: number },
): Promise<void> {
  const random = randomNumbers(17);
  await asUser(randomUUID(), async () => {
    const written: Page[] = [];
    const create = async (page: number): Promise<void> => {
      const body = article(page, { pages, bytes });
      const made = await content.addPage({ title: `Page ${page}`, slug: slugOf(page), body });
      written.push(await content.repository.get(Page, made.page.id));
    };
    for (let first = 0; first < pages; first += SAVES_AT_ONCE) {
      const count = Math.min(SAVES_AT_ONCE, pages - first);
      await Promise.all(Array.from({ length: count }, (_, index) => create(first + index)));
    }
    let edits = 0;
    for (let left = events - (await content.position()); left > 0; left -= EDITS_AT_ONCE) {
      const edited = new Set<Page>();
      for (let edit = 0; edit < Math.min(left, EDITS_AT_ONCE); edit += 1) {
        const page = written[Math.floor(pages * random() ** 3)];
        if (page === undefined) continue;
        edits += 1;
        editLine(page, edits, random);
        edited.add(page);
      }
      const all = [...edited];
      const size = Math.ceil(all.length / SAVES_AT_ONCE);
      const saves = Array.from({ length: SAVES_AT_ONCE }, (_, save) =>
        all.slice(save * size, (save + 1) * size),
      );
      await Promise.all(saves.map((items) => content.save(...items)));
    }
  });
}
