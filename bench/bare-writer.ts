/** The program of a thread that inserts with the bare driver, to measure the cost of messages to a thread. */
import { parentPort, workerData } from "node:worker_threads";
import { BareDriver, type EventRow } from "./bare-driver.ts";

const bare = await BareDriver.open(String(workerData));
parentPort?.on("message", (rows: readonly EventRow[]) => {
  bare.insert(rows);
  parentPort?.postMessage("inserted");
});
parentPort?.postMessage("ready");
