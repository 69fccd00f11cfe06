import type { Draft, DraftResolution, ListedDraft } from "../application/drafts.ts";

/** The drafts of a person for one page. */
export interface DraftsKey {
  readonly userId: string;
  /** Empty for a page that is not there yet, since a key in a database cannot be null. */
  readonly pageId: string;
}

/** Which draft. */
interface DraftKey extends DraftsKey {
  /** Empty for the one that was kept without an id. */
  readonly draftId: string;
}

/** A draft as it is stored. Texts are bytes: a database's own texts take no NUL or lone surrogate. */
export interface DraftRow {
  /** All but the texts that may be long. */
  readonly fields: Uint8Array;
  /** The body, followed by the own texts of the resolution. */
  readonly body: Uint8Array;
}

export interface ListedRow {
  readonly pageId: string;
  readonly draftId: string;
  readonly fields: Uint8Array;
  readonly savedAt: Date;
}

/** What each backend does for the drafts. Every method may be called again when it failed. @throws RecorderError */
export interface DraftTable {
  /** Stores a row in place of the earlier one, and resolves to the time. */
  put(key: DraftKey, row: DraftRow): Promise<Date>;
  /** Resolves to the newest of the page if none is named. */
  get(key: DraftsKey, draftId?: string): Promise<(DraftRow & ListedRow) | undefined>;
  /** Which ones a person has, in any order. Reads no texts. */
  places(userId: string): Promise<readonly Omit<ListedRow, "fields">[]>;
  /** The newest first. Does not read the bodies. */
  list(userId: string, limit: number): Promise<readonly ListedRow[]>;
  /** Removes all of the page if none is named, and one that was stored at another time than `savedAt` never. */
  remove(key: DraftsKey, draftId?: string, savedAt?: Date): Promise<void>;
  close(): Promise<void>;
}

/** The fields in JSON. Names are stored. */
type StoredFields = Pick<Draft, "baseVersion" | "title" | "slug" | "summary"> & {
  /** `ancestorVersions`. */
  readonly madeFrom?: readonly number[];
  readonly settling?: Pick<DraftResolution, "theirsVersion"> & {
    readonly places: readonly {
      readonly name: string;
      readonly choice?: string;
      /** The length of its own text, which is stored after the body, in UTF-16 code units. */
      readonly ownLength?: number;
    }[];
  };
};

export function keyOf(userId: string, pageId: string | null): DraftsKey {
  return { userId, pageId: pageId ?? "" };
}

export function rowOf(draft: Omit<Draft, "savedAt">): DraftRow {
  const { baseVersion, ancestorVersions, title, slug, body, summary, resolution } = draft;
  const fields: StoredFields = {
    baseVersion,
    ...(ancestorVersions === undefined ? {} : { madeFrom: ancestorVersions }),
    title,
    slug,
    summary,
    ...(resolution === undefined
      ? {}
      : {
          settling: {
            theirsVersion: resolution.theirsVersion,
            places: resolution.conflicts.map(({ own, ...conflict }) => {
              return { ...conflict, ...(own === undefined ? {} : { ownLength: own.length }) };
            }),
          },
        }),
  };
  const texts = [body, ...(resolution?.conflicts.map(({ own = "" }) => own) ?? [])];
  // JSON writes a lone surrogate as an escape.
  return { fields: Buffer.from(JSON.stringify(fields)), body: Buffer.from(texts.join(""), "utf16le") };
}

export function listedDraftOf(userId: string, row: ListedRow): ListedDraft {
  const { settling, madeFrom, ...fields } = fieldsOf(row);
  return {
    userId,
    pageId: row.pageId === "" ? null : row.pageId,
    id: row.draftId || null,
    ...fields,
    ...(madeFrom === undefined ? {} : { ancestorVersions: madeFrom }),
    ...(settling && { resolution: { theirsVersion: settling.theirsVersion } }),
    savedAt: row.savedAt,
  };
}

export function draftOf(userId: string, row: DraftRow & ListedRow): Draft {
  const { settling } = fieldsOf(row);
  const texts = Buffer.from(row.body).toString("utf16le");
  const places = settling?.places ?? [];
  let end = texts.length - places.reduce((sum, { ownLength = 0 }) => sum + ownLength, 0);
  const { resolution: _, ...listed } = listedDraftOf(userId, row);
  const draft = { ...listed, body: texts.slice(0, end) };
  if (settling === undefined) return draft;
  const conflicts = places.map(({ ownLength, ...conflict }) => {
    if (ownLength === undefined) return conflict;
    end += ownLength;
    return { ...conflict, own: texts.slice(end - ownLength, end) };
  });
  return { ...draft, resolution: { theirsVersion: settling.theirsVersion, conflicts } };
}

function fieldsOf({ fields }: Pick<DraftRow, "fields">): StoredFields {
  return JSON.parse(Buffer.from(fields).toString());
}
