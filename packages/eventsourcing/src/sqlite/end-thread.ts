import type { MessagePort } from "node:worker_threads";

/** Ends the thread that a port belongs to. The port of a thread on Deno has no `close`. */
export function endThread(port: MessagePort): void {
  if (typeof port.close === "function") port.close();
  else process.exit();
}
