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
import { type DraftTable, draftOf, keyOf, listedDraftOf, rowOf } from "./draft-table.ts";

/**
 * Opens the drafts beside the events, and makes their table if it is missing. Several processes may do so at once. The
 * database must be there: the recorder of the events makes it. A driver is loaded only when it is used.
 *
 * @throws DatabaseRefusedError when the database is not there
 */
export async function openDrafts(database: Database): Promise<Drafts> {
  return new StoredDrafts(await openTable(database));
}

async function openTable(database: Database): Promise<DraftTable> {
  switch (database.kind) {
    case "memory": {
      const { memoryDraftTable } = await import("./memory/draft-table.ts");
      return memoryDraftTable();
    }
    case "sqlite": {
      const { sqliteDraftTable } = await import("./sqlite/draft-table.ts");
      return sqliteDraftTable(database.path);
    }
    case "postgres": {
      const { postgresDraftTable } = await import("./postgres/draft-table.ts");
      return postgresDraftTable(database);
    }
  }
}

/**
 * The calls of one person are carried out one after another: a text that waits for the database is not stored after
 * a later one, nor after the edit that made it superfluous.
 */
class StoredDrafts implements Drafts {
  readonly #table: DraftTable;
  /** By user id: a save must not overtake an earlier one. */
  readonly #userMutex = new KeyedMutex();
  #closing: Promise<void> | undefined;

  constructor(table: DraftTable) {
    this.#table = table;
  }

  async put(draft: Omit<Draft, "savedAt">, continued?: KnownDraft): Promise<Draft> {
    checkDraft(draft);
    const { userId } = draft;
    const key = { ...keyOf(userId, draft.pageId), draftId: draft.id ?? "" };
    const row = rowOf(draft);
    const savedAt = await this.#runExclusive(userId, async () => {
      await this.#requirePlace(draft, continued);
      const savedAt = await this.#table.put(key, row);
      if (continued !== undefined && continued.id !== draft.id)
        await this.#table.remove(key, continued.id ?? "", continued.savedAt);
      return savedAt;
    });
    return draftOf(userId, { ...key, ...row, savedAt });
  }

  /** What is there already may always be replaced. Several processes at once may go beyond the limit by one each. */
  async #requirePlace(draft: Omit<Draft, "savedAt">, continued: KnownDraft | undefined): Promise<void> {
    const { pageId, draftId } = { ...keyOf(draft.userId, draft.pageId), draftId: draft.id ?? "" };
    const rows = await this.#table.places(draft.userId);
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
