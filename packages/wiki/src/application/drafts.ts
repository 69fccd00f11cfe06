import { CodedError, LimitExceededError } from "@palimpsest/eventsourcing";
import { requireBody } from "./limits.ts";

/** What a person is typing, before it is an edit: for one page, or for one that is not there yet. */
export interface Draft {
  /** Whose it is, a UUID. */
  readonly userId: string;
  /** A UUID; null for a page that is not there yet. */
  readonly pageId: string | null;
  /** Which one of this page, a UUID: each window writes its own. Null for the one that was kept without. */
  readonly id: string | null;
  /** The version the text started from; null without a page. */
  readonly baseVersion: number | null;
  /** The versions before that one that it was made from, as `PageEdit` has them. */
  readonly ancestorVersions?: readonly number[];
  /** The conflict with a later version that the person is resolving, if any. Title and body are then their side of it. */
  readonly resolution?: DraftResolution;
  /** As it was typed, unfinished perhaps, or empty. */
  readonly title: string;
  /** Of a new page only. */
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

/** A draft in a list: without the texts that may be long. */
export type ListedDraft = Omit<Draft, "body" | "resolution"> & {
  readonly resolution?: Pick<DraftResolution, "theirsVersion">;
};

/** A draft as it was known to be: what was put since is another text. */
export type KnownDraft = Pick<Draft, "id"> & Partial<Pick<Draft, "savedAt">>;

/** The texts that people are typing, outside the record of events. They come back exactly. */
export interface Drafts {
  /**
   * Keeps it in place of the earlier one with its id, beside others of the page, and resolves to it with the time.
   * With `continued`, that one goes then, as its text is in this one, unless it was put again since. What one person
   * puts and removes happens in the order of the calls.
   * @throws LimitExceededError, TooManyDraftsError — the earlier one stays. RecorderError — it may, or may not.
   */
  put(draft: Omit<Draft, "savedAt">, continued?: KnownDraft): Promise<Draft>;
  /** Resolves to a draft of the page, the newest without an `id`. */
  get(userId: string, pageId: string | null, id?: string | null): Promise<Draft | undefined>;
  /** A person's drafts, at most 200, the newest first; without the bodies, which may be 10 MB each. */
  list(userId: string): Promise<readonly ListedDraft[]>;
  /** Forgets the draft that is `known`, unless it was put again since then; without one, all of the page. */
  remove(userId: string, pageId: string | null, known?: KnownDraft): Promise<void>;
  /** Waits for what is under way. Every later call is refused with RecorderClosedError. */
  close(): Promise<void>;
}

/** So many drafts a person may have, and so many of one page, or of pages that are not there yet. */
export const MOST_DRAFTS = 200;
export const MOST_DRAFTS_OF_PAGE = 50;

/** A person has as many drafts as there may be. Those that are there stay, and no other is kept. */
export class TooManyDraftsError extends CodedError {
  readonly code = "too-many-drafts";
  readonly limit: number;

  /** @param of completes "You have 50 drafts …" */
  constructor(limit: number, of: string) {
    super(
      `You have ${limit} drafts${of}, as many as there may be: this one is not kept. Discard another first.`,
    );
    this.limit = limit;
  }
}

/** Far more than a title, slug or summary may have in the end: a draft may be too long, but not without bound. */
const MAX_LINE_LENGTH = 10_000;

/**
 * Checks that there is a place for a further draft of a page beside `others`, the pages of those that its person has.
 * @throws TooManyDraftsError
 */
export function checkPlace(pageId: string | null, others: readonly (string | null)[]): void {
  if (others.filter((one) => one === pageId).length >= MOST_DRAFTS_OF_PAGE)
    throw new TooManyDraftsError(MOST_DRAFTS_OF_PAGE, pageId === null ? " of new pages" : " of this page");
  if (others.length >= MOST_DRAFTS) throw new TooManyDraftsError(MOST_DRAFTS, "");
}

/** @throws LimitExceededError when the body is too large for a page, or something else beyond all measure */
export function checkDraft({ title, slug, body, summary, resolution }: Omit<Draft, "savedAt">): void {
  requireBody(body);
  requireBody(resolution?.conflicts.map(({ own = "" }) => own).join("") ?? "");
  for (const [name, text] of Object.entries({ title, slug: slug ?? "", summary })) {
    if (text.length > MAX_LINE_LENGTH)
      throw new LimitExceededError(`UTF-16 code units of a draft's ${name}`, text.length, MAX_LINE_LENGTH);
  }
}
