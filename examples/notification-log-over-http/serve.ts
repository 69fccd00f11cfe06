import type { AddressInfo } from "node:net";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { Bank } from "../bank-accounts/bank.ts";
import { createLogServer } from "./server.ts";

const [path, port = "0"] = process.argv.slice(2);
if (path === undefined) throw new Error("Usage: serve.ts DATABASE [PORT]");

const bank = new Bank({ recorder: await sqliteRecorder({ path }) });
const server = createLogServer(bank.notificationLog);
server.listen(Number(port), "127.0.0.1", () => {
  console.log(`The log is at http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
process.once("SIGTERM", async () => {
  server.close();
  server.closeAllConnections();
  await bank.close();
});
