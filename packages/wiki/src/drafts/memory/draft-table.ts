import type { DraftRow, DraftTable, ListedRow } from "../draft-table.ts";

type Stored = DraftRow & ListedRow;

/** Keeps the drafts for as long as the process lives. */
export function memoryDraftTable(): DraftTable {
  /** By person; the last one put is the last. */
  const drafts = new Map<string, Stored[]>();
  const isOf = (pageId: string, draftId?: string) => (row: Stored) =>
    row.pageId === pageId && (draftId === undefined || row.draftId === draftId);
  return {
    put: async ({ userId, pageId, draftId }, row) => {
      const savedAt = new Date();
      const isEarlier = isOf(pageId, draftId);
      const others = (drafts.get(userId) ?? []).filter((one) => !isEarlier(one));
      drafts.set(userId, [...others, { ...row, pageId, draftId, savedAt }]);
      return new Date(savedAt);
    },
    get: async ({ userId, pageId }, draftId) => {
      const row = drafts.get(userId)?.findLast(isOf(pageId, draftId));
      return row && { ...row, savedAt: new Date(row.savedAt) };
    },
    places: async (userId) =>
      (drafts.get(userId) ?? []).map((row) => ({ ...row, savedAt: new Date(row.savedAt) })),
    list: async (userId, limit) =>
      (drafts.get(userId) ?? [])
        .toReversed()
        .slice(0, limit)
        .map((row) => ({ ...row, savedAt: new Date(row.savedAt) })),
    remove: async ({ userId, pageId }, draftId, savedAt) => {
      const isMeant = isOf(pageId, draftId);
      const stays = (row: Stored) =>
        !isMeant(row) || (savedAt !== undefined && row.savedAt.getTime() !== savedAt.getTime());
      drafts.set(userId, (drafts.get(userId) ?? []).filter(stays));
    },
    close: async () => {},
  };
}
