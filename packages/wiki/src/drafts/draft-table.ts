import type { Draft } from "../application/drafts.ts";

/** Which draft: of all the drafts of a person, the one of a page. */
export interface DraftKey {
  readonly userId: string;
  /** Empty for a page that is not there yet, since a key in a database cannot be null. */
  readonly pageId: string;
}

/** A draft as it is stored. Texts are bytes: a database's own texts take no NUL or lone surrogate. */
export interface DraftRow {
  /** All but the body. */
  readonly fields: Uint8Array;
  readonly body: Uint8Array;
}

export interface ListedRow {
  readonly pageId: string;
  readonly fields: Uint8Array;
  readonly savedAt: Date;
}

/** What each backend does for the drafts. Every method may be called again when it failed. @throws RecorderError */
export interface DraftTable {
  /** Stores a row in place of the earlier one, and resolves to the time. */
  put(key: DraftKey, row: DraftRow): Promise<Date>;
  get(key: DraftKey): Promise<(DraftRow & Pick<Draft, "savedAt">) | undefined>;
  /** The newest first. Does not read the bodies. */
  list(userId: string, limit: number): Promise<readonly ListedRow[]>;
  remove(key: DraftKey): Promise<void>;
  close(): Promise<void>;
}

export function keyOf(userId: string, pageId: string | null): DraftKey {
  return { userId, pageId: pageId ?? "" };
}

export function rowOf({ baseVersion, title, slug, body, summary }: Omit<Draft, "savedAt">): DraftRow {
  return {
    // JSON writes a lone surrogate as an escape.
    fields: Buffer.from(JSON.stringify({ baseVersion, title, slug, summary })),
    body: Buffer.from(body, "utf16le"),
  };
}

export function listedDraftOf(userId: string, row: ListedRow): Omit<Draft, "body"> {
  const { baseVersion, title, slug, summary }: Pick<Draft, "baseVersion" | "title" | "slug" | "summary"> =
    JSON.parse(Buffer.from(row.fields).toString());
  const pageId = row.pageId === "" ? null : row.pageId;
  return { userId, pageId, baseVersion, title, slug, summary, savedAt: row.savedAt };
}

export function bodyOf({ body }: DraftRow): string {
  return Buffer.from(body).toString("utf16le");
}
