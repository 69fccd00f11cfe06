import type { UserId } from "../domain/user.ts";
import type { EditedFields } from "./errors.ts";

/** A page as readers see it. */
export interface PageDetails {
  readonly id: string;
  readonly title: string;
  readonly slug: string;
  readonly body: string;
  /** From 1, one more with each event. */
  readonly version: number;
  /** True while it has left the wiki; `slug` is then the one it had. */
  readonly archived: boolean;
  readonly createdAt: Date;
  readonly createdBy: UserId | null;
  readonly modifiedAt: Date;
  readonly modifiedBy: UserId | null;
}

/** A page in a list, with its position in the page log, from 1. */
export interface ListedPage extends PageDetails {
  readonly logPosition: number;
}

/** Which pages of the log; see `getPages`. */
export interface PageRange {
  readonly gt?: number;
  readonly lte?: number;
  readonly desc?: boolean;
  readonly limit?: number;
  readonly at?: number;
}

/** What became of a command: the page after it, and the last notification id it is known to hold at. */
export interface Written {
  readonly page: PageDetails;
  readonly position: number;
  /** True when the edit was joined with others made since its base version. */
  readonly merged: boolean;
}

export interface NewPage {
  readonly title: string;
  /** Made from the title, with a number if that one is taken, when it is left out. */
  readonly slug?: string | undefined;
  readonly body?: string | undefined;
  readonly summary?: string | undefined;
  /** A second creation by the same user with the same key makes no second page, and gives the page as it was made. */
  readonly idempotencyKey?: string | undefined;
}

export interface PageEdit extends EditedFields {
  readonly summary?: string;
  /** The version that the edit started from; the present one when it is left out. */
  readonly baseVersion?: number;
  /**
   * Of an edit that settles a conflict: the versions before its base that it was made from, that it began with and
   * that it met since. The event names the first; what is brought back of that or of the last stays its authors'.
   */
  readonly madeFrom?: readonly number[];
}

/** What a command about a whole version says beside that. */
export interface VersionCommand {
  readonly version: number;
  readonly summary?: string | undefined;
  /**
   * The version that whoever gives the command has seen; the present one when it is left out. What came after it is
   * kept by a restoring, forbids archiving, and is of no matter to undoing, which keeps all later edits.
   */
  readonly baseVersion?: number | undefined;
}

/**
 * Where a slug leads: to the page that has it, with the one that had it before if that is another; to the one that
 * had it last, which has another one now or is archived; to nothing. Where that one is archived, `formerPage` is the
 * one that had it before and is in the wiki still, if there is one.
 */
export type SlugResolution =
  | { readonly kind: "page"; readonly page: PageDetails; readonly formerPageId: string | undefined }
  | { readonly kind: "moved"; readonly page: PageDetails }
  | {
      readonly kind: "archived";
      readonly page: PageDetails;
      readonly formerPage: PageDetails | undefined;
    }
  | { readonly kind: "nothing" };
