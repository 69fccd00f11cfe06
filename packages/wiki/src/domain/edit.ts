import { AsyncLocalStorage } from "node:async_hooks";
import { z } from "zod";
import { attribution, type UserId } from "./user.ts";

/** What is said of an edit beside what it changes. */
interface EditAttributes {
  /** What it is about, in its author's words. */
  readonly summary?: string | undefined;
  /** That it started from version `base`, and was merged with the later ones up to `current`, by hand perhaps. */
  readonly merged?: { readonly base: number; readonly current: number } | undefined;
}

const editing = new AsyncLocalStorage<EditAttributes>();

/** Runs `work` as one edit, or part of one: each page event triggered in it carries what is said of it here. */
export function asEdit<T>({ summary, merged }: EditAttributes, work: () => T): T {
  const around = editing.getStore();
  return editing.run({ summary: summary ?? around?.summary, merged: merged ?? around?.merged }, work);
}

const version = z.int().positive();

/** The ambient fields of every event of a page: the user, the summary, and the versions that were merged. */
export const editAttributes = {
  fields: {
    ...attribution.fields,
    summary: z.string().optional(),
    merged: z.object({ base: version, current: version }).optional(),
  },
  values: (): EditAttributes & { userId: UserId | null } => {
    const { summary, merged } = editing.getStore() ?? {};
    return { ...attribution.values(), ...(summary ? { summary } : {}), ...(merged ? { merged } : {}) };
  },
};
