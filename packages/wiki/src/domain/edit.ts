import { AsyncLocalStorage } from "node:async_hooks";
import { z } from "zod";
import { attribution, type UserId } from "./user.ts";

interface EditAttributes {
  readonly summary?: string | undefined;
  /** The edit started from version `base` and was merged with the versions up to `current`. */
  readonly merged?: { readonly base: number; readonly current: number } | undefined;
}

const editing = new AsyncLocalStorage<EditAttributes>();

/** Runs `work` as an edit: all page events triggered in it have these attributes. Nested edits inherit missing ones. */
export function asEdit<T>({ summary, merged }: EditAttributes, work: () => T): T {
  const outer = editing.getStore();
  return editing.run({ summary: summary ?? outer?.summary, merged: merged ?? outer?.merged }, work);
}

const version = z.int().positive();

/** The fields of all page events: the user, the summary and the merged versions. */
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
