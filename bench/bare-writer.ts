/** The entry of a thread that has a bare driver, to see what the way to a thread and back costs. */
import { parentPort, workerData } from "node:worker_threads";
import { BareDriver, type EventRow } from "./bare-driver.ts";

const bare = await BareDriver.open(String(workerData));
parentPort?.on("message", (rows: readonly EventRow[]) => {
  bare.insert(rows);
  parentPort?.postMessage("inserted");
});
parentPort?.postMessage("ready");
