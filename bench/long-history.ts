/** Opens, lists and edits a page with 5,000 edits and one with 5, each time in a new application. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { asUser } from "@palimpsest/eventsourcing";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { ContentManagement } from "../packages/wiki/dist/application/content-management.js";
import { machine } from "./machine.ts";
import { type Contender, interleaved, type Measured, spreadOf, timesAsLong } from "./measure.ts";
import { prose } from "./note.ts";
import { milliseconds, table, times } from "./table.ts";
import { inTemporaryFolder } from "./temporary.ts";

const SHORT = 5;
const LONG = 5_000;
const ROUNDS = 25;
const SLUG = "page";
const AIM = "at most 2 ×";
const user = randomUUID();
const lines = prose(20_000).split("\n");

/** Returns the body of 20 KB after `edits` edits of one line each. */
function bodyAfter(edits: number): string {
  const index = (edits * 7) % lines.length;
  lines[index] = `${lines[index]?.slice(0, 40)} as of edit ${edits}.`;
  return lines.join("\n");
}

async function open(path: string): Promise<ContentManagement> {
  return new ContentManagement({ recorder: await sqliteRecorder({ path }) });
}

async function writeHistory(path: string, edits: number): Promise<void> {
  const content = await open(path);
  await asUser(user, async () => {
    await content.createPage("A page", SLUG, lines.join("\n"));
    for (let edit = 1; edit <= edits; edit += 1) await content.updateBody(SLUG, bodyAfter(edit));
  });
  await content.close();
}

/** Measures one use of the page at `path` in a new application, without the time to open it. */
function inNewApplication(
  name: string,
  path: string,
  use: (content: ContentManagement) => Promise<unknown>,
): Contender {
  let content: ContentManagement | undefined;
  return {
    name,
    before: async () => {
      await content?.close();
      content = await open(path);
    },
    round: async () => {
      if (content !== undefined) await use(content);
      return 1;
    },
  };
}

async function listAll(content: ContentManagement): Promise<void> {
  for await (const _page of content.getPages()) {
    // The iterator reads each page.
  }
}

let edits = LONG;
const editOnce = (content: ContentManagement) =>
  asUser(user, () => {
    edits += 1;
    return content.updateBody(SLUG, bodyAfter(edits));
  });

const USES: readonly (readonly [string, (content: ContentManagement) => Promise<unknown>])[] = [
  ["open", (content) => content.getPageBySlug(SLUG)],
  ["open at version 3", async (content) => content.getPageById((await content.getPageBySlug(SLUG)).id, 3)],
  ["list", listAll],
  // Last, since it adds to the histories.
  ["edit", editOnce],
];

function rowsOf(use: string, [short, long]: readonly Measured[]): string[][] {
  if (short === undefined || long === undefined) return [];
  const ratio = times(timesAsLong(long, short));
  return [
    [use, short.name, milliseconds(spreadOf(short.seconds)), "", ""],
    ["", long.name, milliseconds(spreadOf(long.seconds)), ratio, use === "open" ? AIM : ""],
  ];
}

console.log(machine());
const rows = await inTemporaryFolder(async (folder) => {
  const paths = { short: join(folder, "short.db"), long: join(folder, "long.db") };
  await writeHistory(paths.short, SHORT);
  await writeHistory(paths.long, LONG);
  const all: string[][] = [];
  for (const [name, use] of USES) {
    const contenders = [
      inNewApplication(`${SHORT} edits`, paths.short, use),
      inNewApplication(`${LONG.toLocaleString("en-GB")} edits`, paths.long, use),
    ];
    all.push(...rowsOf(name, await interleaved(contenders, { rounds: ROUNDS, warmups: 5 })));
  }
  return all;
});
console.log("\nA page of 20 KB in a new application, medians (quartiles)\n");
console.log(table(["", "history", "ms", "of the short one", "aim"], rows));
