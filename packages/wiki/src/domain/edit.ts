import { AsyncLocalStorage } from "node:async_hooks";
import { z } from "zod";
import { attribution, attributionShape } from "./user.ts";

const summaries = new AsyncLocalStorage<string>();

/** Runs `work` as one edit: each page event triggered in it carries `summary`, unless that is undefined or empty. */
export function asEdit<T>(summary: string | undefined, work: () => T): T {
  return summaries.run(summary ?? "", work);
}

/** What every event of a page carries. */
export const editShape = { ...attributionShape, summary: z.string().optional() };

/** The user and the summary, as no command method needs to mention them. */
export function editAttributes(): { userId: string | null; summary?: string } {
  const summary = summaries.getStore();
  return { ...attribution(), ...(summary ? { summary } : {}) };
}
