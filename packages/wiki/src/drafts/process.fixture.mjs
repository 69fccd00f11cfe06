// A process of its own for `drafts.test.ts`: waits to be told to go, opens the drafts, and puts `count` of them for
// every page, one of which is everybody's.
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
