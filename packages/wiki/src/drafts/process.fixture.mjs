// A process of `drafts.test.ts`. Waits for input, opens the drafts, and stores `count` of them for its own page and for one
// that all processes share.
import { once } from "node:events";
import { openDrafts } from "../../dist/drafts/open-drafts.js";

const [database, name, userId, ownPage, sharedPage, count] = process.argv.slice(2);
process.stdout.write("ready\n");
await once(process.stdin, "data");
process.stdin.destroy();

const drafts = await openDrafts(JSON.parse(database));
for (let number = 1; number <= Number(count); number++) {
  for (const pageId of [ownPage, sharedPage]) {
    const body = `${name} ${number} `.repeat(1_000);
    await drafts.put({
      userId,
      pageId,
      id: null,
      baseVersion: number,
      title: name,
      slug: null,
      body,
      summary: "",
    });
  }
}
await drafts.close();
