import type { DraftRow, DraftTable } from "../draft-table.ts";

/** Keeps the drafts for as long as the process lives. */
export function memoryDraftTable(): DraftTable {
  /** By person and page; the last one put is the last. */
  const drafts = new Map<string, Map<string, DraftRow & { readonly savedAt: Date }>>();
  return {
    put: async ({ userId, pageId }, row) => {
      const own = drafts.get(userId) ?? new Map();
      drafts.set(userId, own);
      const savedAt = new Date();
      own.delete(pageId);
      own.set(pageId, { ...row, savedAt });
      return new Date(savedAt);
    },
    get: async ({ userId, pageId }) => {
      const row = drafts.get(userId)?.get(pageId);
      return row && { ...row, savedAt: new Date(row.savedAt) };
    },
    list: async (userId, limit) =>
      [...(drafts.get(userId) ?? [])]
        .reverse()
        .slice(0, limit)
        .map(([pageId, { fields, savedAt }]) => ({ pageId, fields, savedAt: new Date(savedAt) })),
    remove: async ({ userId, pageId }) => {
      drafts.get(userId)?.delete(pageId);
    },
    close: async () => {},
  };
}
