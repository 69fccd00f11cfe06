import { RecorderClosedError } from "@palimpsest/eventsourcing";
import {
  checkDraft,
  checkPlace,
  type Draft,
  type Drafts,
  type KnownDraft,
  type ListedDraft,
  MOST_DRAFTS,
} from "../application/drafts.ts";
import { KeyedMutex } from "../application/keyed-mutex.ts";
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

  async put(draft: Omit<Draft, "savedAt">, continued?: KnownDraft): Promise<Draft> {
    checkDraft(draft);
    const { userId } = draft;
    const key = { ...keyOf(userId, draft.pageId), draftId: draft.id ?? "" };
    const texts = textsOf(draft);
    const savedAt = await this.#runExclusive(userId, async () => {
      await this.#checkCount(draft, continued);
      const savedAt = await this.#table.put(key, texts);
      if (continued !== undefined && continued.id !== draft.id)
        await this.#table.remove(key, continued.id ?? "", continued.savedAt);
      return savedAt;
    });
    return draftOf(userId, { ...key, ...texts, savedAt });
  }

  /** Replacing a draft is always allowed. Concurrent processes may exceed the limit by one draft each. */
  async #checkCount(draft: Omit<Draft, "savedAt">, continued: KnownDraft | undefined): Promise<void> {
    const { pageId, draftId } = { ...keyOf(draft.userId, draft.pageId), draftId: draft.id ?? "" };
    const rows = await this.#table.keys(draft.userId);
    if (rows.some((row) => row.pageId === pageId && row.draftId === draftId)) return;
    const isContinued = (row: (typeof rows)[number]) =>
      continued !== undefined &&
      row.pageId === pageId &&
      row.draftId === (continued.id ?? "") &&
      (continued.savedAt === undefined || row.savedAt.getTime() === continued.savedAt.getTime());
    const others = rows.filter((row) => !isContinued(row));
    checkPlace(
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
    const rows = await this.#runExclusive(userId, () => this.#table.list(userId, MOST_DRAFTS));
    return rows.map((row) => listedDraftOf(userId, row));
  }

  async remove(userId: string, pageId: string | null, known?: KnownDraft): Promise<void> {
    const draftId = known && (known.id ?? "");
    await this.#runExclusive(userId, () =>
      this.#table.remove(keyOf(userId, pageId), draftId, known?.savedAt),
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
