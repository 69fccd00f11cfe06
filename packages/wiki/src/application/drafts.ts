import { CodedError, LimitExceededError } from "@palimpsest/eventsourcing";
import { MAX_DRAFT_FIELD_UNITS, MAX_DRAFTS, MAX_DRAFTS_PER_PAGE, requireBody } from "./limits.ts";

/** Unsaved text of a person, for an existing page or a new one. */
export interface Draft {
  /** A UUID. */
  readonly userId: string;
  /** A UUID; null for a new page. */
  readonly pageId: string | null;
  /** A UUID, since each window writes its own draft of a page; null for a draft that was stored without an id. */
  readonly id: string | null;
  /** The version the text started from; null for a new page. */
  readonly baseVersion: number | null;
  /** As in `PageEdit`. */
  readonly ancestorVersions?: readonly number[];
  /**
   * The conflict with a later version that the person is resolving, if any. Title and body are then the person's side
   * of the conflict.
   */
  readonly resolution?: DraftResolution;
  /** May be empty or invalid as a title. */
  readonly title: string;
  /** Null for an existing page. */
  readonly slug: string | null;
  readonly body: string;
  readonly summary: string;
  readonly savedAt: Date;
}

/** The choices made so far for a conflict; see `application/conflict-resolution.ts`. */
export interface DraftResolution {
  /** The version that the draft conflicts with. */
  readonly theirsVersion: number;
  readonly conflicts: readonly {
    readonly name: string;
    readonly choice?: string;
    readonly own?: string;
  }[];
}

/** A draft in a list, without the texts that may be long. */
export type ListedDraft = Omit<Draft, "body" | "resolution"> & {
  readonly resolution?: Pick<DraftResolution, "theirsVersion">;
};

/** A draft as stored at `savedAt`. Without a time, any revision of the draft. */
export type DraftRevision = Pick<Draft, "id"> & Partial<Pick<Draft, "savedAt">>;

/** Stores drafts without changing their texts, outside the event log. Calls for one person run in order. */
export interface Drafts {
  /**
   * Stores a draft, or replaces the one with its id, and resolves to it with the time. Removes `predecessor`, which the
   * draft replaces, unless `predecessor` was stored again since.
   * @throws LimitExceededError, TooManyDraftsError
   * @throws RecorderError The draft may have been stored.
   */
  put(draft: Omit<Draft, "savedAt">, predecessor?: DraftRevision): Promise<Draft>;
  /** Resolves to the draft of the page with this id; if `id` is undefined, to the newest draft of the page. */
  get(userId: string, pageId: string | null, id?: string | null): Promise<Draft | undefined>;
  /** Resolves to a person's drafts, at most 200, newest first. */
  list(userId: string): Promise<readonly ListedDraft[]>;
  /** Removes a draft unless it was stored again since. Without `draft`, removes all drafts of the page. */
  remove(userId: string, pageId: string | null, draft?: DraftRevision): Promise<void>;
  /** Waits for pending calls. Later calls throw RecorderClosedError. */
  close(): Promise<void>;
}

/** The person has reached the limit of drafts. Nothing was stored. */
export class TooManyDraftsError extends CodedError {
  readonly code = "too-many-drafts";
  readonly limit: number;

  /** @param scope Completes "You have 50 drafts …". */
  constructor(limit: number, scope: string) {
    super(`You have ${limit} drafts${scope}, which is the limit. Delete another draft first.`);
    this.limit = limit;
  }
}

/**
 * Checks that a person may store one more draft of a page.
 * @param others The pages of the person's other drafts.
 * @throws TooManyDraftsError
 */
export function checkDraftCount(pageId: string | null, others: readonly (string | null)[]): void {
  if (others.filter((one) => one === pageId).length >= MAX_DRAFTS_PER_PAGE)
    throw new TooManyDraftsError(MAX_DRAFTS_PER_PAGE, pageId === null ? " of new pages" : " of this page");
  if (others.length >= MAX_DRAFTS) throw new TooManyDraftsError(MAX_DRAFTS, "");
}

/** @throws LimitExceededError if the body is too large for a page, or another text is longer than 10,000 characters */
export function checkDraft({ title, slug, body, summary, resolution }: Omit<Draft, "savedAt">): void {
  requireBody(body);
  requireBody(resolution?.conflicts.map(({ own = "" }) => own).join("") ?? "");
  for (const [name, text] of Object.entries({ title, slug: slug ?? "", summary })) {
    if (text.length > MAX_DRAFT_FIELD_UNITS)
      throw new LimitExceededError(
        `UTF-16 code units of a draft's ${name}`,
        text.length,
        MAX_DRAFT_FIELD_UNITS,
      );
  }
}
