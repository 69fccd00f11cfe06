import { AsyncLocalStorage } from "node:async_hooks";
import { z } from "zod";
import { attribution, type UserId } from "./user.ts";

interface EditAttributes {
  readonly summary?: string | undefined;
  /** The edit started from version `base` and was merged with the versions up to `current`. */
  readonly merged?: { readonly base: number; readonly current: number } | undefined;
  /** The file that the edit was imported from, as an id derived from its source and path. */
  readonly source?: string | undefined;
}

const editing = new AsyncLocalStorage<EditAttributes>();

/** Runs `work` as an edit: all page events triggered in it have these attributes. Nested edits inherit missing ones. */
export function asEdit<T>({ summary, merged, source }: EditAttributes, work: () => T): T {
  const outer = editing.getStore();
  const attributes = {
    summary: summary ?? outer?.summary,
    merged: merged ?? outer?.merged,
    source: source ?? outer?.source,
  };
  return editing.run(attributes, work);
}

const version = z.int().positive();

/** The fields of all page events: the user, the summary, the merged versions and the imported file. */
export const editAttributes = {
  fields: {
    ...attribution.fields,
    summary: z.string().optional(),
    merged: z.object({ base: version, current: version }).optional(),
    source: z.uuid().optional(),
  },
  values: (): EditAttributes & { userId: UserId | null } => {
    const { summary, merged, source } = editing.getStore() ?? {};
    return {
      ...attribution.values(),
      ...(summary ? { summary } : {}),
      ...(merged ? { merged } : {}),
      ...(source ? { source } : {}),
    };
  },
};
