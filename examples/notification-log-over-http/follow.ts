import { sqliteViewStore } from "@palimpsest/eventsourcing/sqlite";
import { followBank } from "./follower.ts";

const [url, path] = process.argv.slice(2);
if (url === undefined || path === undefined) throw new Error("Usage: follow.ts URL VIEWS");

const store = await sqliteViewStore({ path });
const { runner, accounts } = followBank(url, store);
runner.start();
store.watch(async () => console.log(JSON.stringify(await accounts())));
process.once("SIGTERM", async () => {
  await runner.stop();
  await store.close();
});
