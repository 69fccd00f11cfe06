import type { Draft, DraftResolution, ListedDraft } from "../application/drafts.ts";

/** The texts of a draft as stored. They are bytes because database texts cannot hold NUL or a lone surrogate. */
export interface DraftTexts {
  /** `StoredFields` in JSON. */
  readonly fields: Uint8Array;
  /** UTF-16LE: the body, followed by the texts that resolve a conflict. */
  readonly body: Uint8Array;
}

/** A row of the table without its long texts. `pageId` is empty for a new page, `draftId` for a draft without id. */
export interface ListedRow {
  readonly pageId: string;
  readonly draftId: string;
  readonly fields: Uint8Array;
  readonly savedAt: Date;
}

export type DraftRow = ListedRow & DraftTexts;

/** These names are stored. */
type StoredFields = Pick<Draft, "baseVersion" | "title" | "slug" | "summary"> & {
  /** `ancestorVersions`. */
  readonly madeFrom?: readonly number[];
  readonly settling?: Pick<DraftResolution, "theirsVersion"> & {
    readonly places: readonly {
      readonly name: string;
      readonly choice?: string;
      /** The length of its text after the body, in UTF-16 code units. */
      readonly ownLength?: number;
    }[];
  };
};

export function textsOf(draft: Omit<Draft, "savedAt">): DraftTexts {
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
  // JSON escapes a lone surrogate.
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

export function draftOf(userId: string, row: DraftRow): Draft {
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

function fieldsOf({ fields }: Pick<DraftTexts, "fields">): StoredFields {
  return JSON.parse(Buffer.from(fields).toString());
}
