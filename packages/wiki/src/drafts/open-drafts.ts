import { KeyedMutex, RecorderClosedError } from "@palimpsest/eventsourcing";
import {
  checkDraft,
  checkDraftCount,
  type Draft,
  type DraftRevision,
  type Drafts,
  type ListedDraft,
} from "../application/drafts.ts";
import { MAX_DRAFTS } from "../application/limits.ts";
import type { Database } from "../config.ts";
import { openSqlDatabase } from "../database/open-sql-database.ts";
import { draftOf, listedDraftOf, textsOf } from "./draft-row.ts";
import { type DraftsKey, DraftTable } from "./draft-table.ts";

/**
 * Opens the drafts and creates their table if needed. Several processes may do so at once.
 * @throws DatabaseRefusedError if the recorder has not created the database
 */
export async function openDrafts(database: Database): Promise<Drafts> {
  const opened = await openSqlDatabase(database, "drafts");
  try {
    return new StoredDrafts(await DraftTable.open(opened));
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Runs the calls of one person one after another, so that a save never overwrites a later one. */
class StoredDrafts implements Drafts {
  readonly #table: DraftTable;
  /** By user id. */
  readonly #userMutex = new KeyedMutex();
  #closing: Promise<void> | undefined;

  constructor(table: DraftTable) {
    this.#table = table;
  }

  async put(draft: Omit<Draft, "savedAt">, predecessor?: DraftRevision): Promise<Draft> {
    checkDraft(draft);
    const { userId } = draft;
    const key = { ...keyOf(userId, draft.pageId), draftId: draft.id ?? "" };
    const texts = textsOf(draft);
    const savedAt = await this.#runExclusive(userId, async () => {
      await this.#checkCount(draft, predecessor);
      const savedAt = await this.#table.put(key, texts);
      if (predecessor !== undefined && predecessor.id !== draft.id)
        await this.#table.remove(key, predecessor.id ?? "", predecessor.savedAt);
      return savedAt;
    });
    return draftOf(userId, { ...key, ...texts, savedAt });
  }

  /** Replacing a draft is always allowed. Concurrent processes may exceed the limit by one draft each. */
  async #checkCount(draft: Omit<Draft, "savedAt">, predecessor: DraftRevision | undefined): Promise<void> {
    const { pageId, draftId } = { ...keyOf(draft.userId, draft.pageId), draftId: draft.id ?? "" };
    const rows = await this.#table.keys(draft.userId);
    if (rows.some((row) => row.pageId === pageId && row.draftId === draftId)) return;
    const isPredecessor = (row: (typeof rows)[number]) =>
      predecessor !== undefined &&
      row.pageId === pageId &&
      row.draftId === (predecessor.id ?? "") &&
      (predecessor.savedAt === undefined || row.savedAt.getTime() === predecessor.savedAt.getTime());
    const others = rows.filter((row) => !isPredecessor(row));
    checkDraftCount(
      draft.pageId,
      others.map((row) => row.pageId || null),
    );
  }

  async get(userId: string, pageId: string | null, id?: string | null): Promise<Draft | undefined> {
    const draftId = id === null ? "" : id;
    const row = await this.#runExclusive(userId, () => this.#table.get(keyOf(userId, pageId), draftId));
    return row && draftOf(userId, row);
  }

  async list(userId: string): Promise<readonly ListedDraft[]> {
    const rows = await this.#runExclusive(userId, () => this.#table.list(userId, MAX_DRAFTS));
    return rows.map((row) => listedDraftOf(userId, row));
  }

  async remove(userId: string, pageId: string | null, draft?: DraftRevision): Promise<void> {
    const draftId = draft && (draft.id ?? "");
    await this.#runExclusive(userId, () =>
      this.#table.remove(keyOf(userId, pageId), draftId, draft?.savedAt),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#userMutex.idle().then(() => this.#table.close());
    return this.#closing;
  }

  #runExclusive<Result>(userId: string, task: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined) throw new RecorderClosedError();
    return this.#userMutex.runExclusive(userId, task);
  }
}

function keyOf(userId: string, pageId: string | null): DraftsKey {
  return { userId, pageId: pageId ?? "" };
}
