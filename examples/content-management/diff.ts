import { z } from "zod";

export const diffSchema = z.object({ at: z.int(), removed: z.int(), inserted: z.string() });
export type Diff = z.infer<typeof diffSchema>;

/** Returns what is between the common beginning and the common end of two texts. */
export function createDiff(old: string, text: string): Diff {
  const shorter = Math.min(old.length, text.length);
  let at = 0;
  while (at < shorter && old[at] === text[at]) at += 1;
  let same = 0;
  while (same < shorter - at && old.at(-1 - same) === text.at(-1 - same)) same += 1;
  return { at, removed: old.length - at - same, inserted: text.slice(at, text.length - same) };
}

export function applyDiff(old: string, { at, removed, inserted }: Diff): string {
  return old.slice(0, at) + inserted + old.slice(at + removed);
}
