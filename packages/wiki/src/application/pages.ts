import type { PageFile } from "../domain/page-files.ts";
import type { UserId } from "../domain/user.ts";
import type { EditedFields } from "./errors.ts";
import type { ReceivedBytes } from "./files.ts";

/** A page as readers see it. */
export interface PageDetails {
  readonly id: string;
  readonly title: string;
  /** The last slug if the page is archived. */
  readonly slug: string;
  readonly body: string;
  readonly files: readonly PageFile[];
  /** The number of the page's events. */
  readonly version: number;
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

/** The range of a page list; see `getPages`. */
export interface PageRange {
  readonly gt?: number;
  readonly lte?: number;
  readonly desc?: boolean;
  readonly limit?: number;
  readonly at?: number;
}

export interface CommandResult {
  readonly page: PageDetails;
  /** A notification id at which the event log includes the command. */
  readonly position: number;
  /** Whether the edit was merged with edits since its base version. */
  readonly merged: boolean;
}

/** A file that this machine received, to be attached to a page; see `ContentManagement.receiveFile`. */
export interface ReceivedFile {
  readonly file: PageFile;
  readonly received: ReceivedBytes;
}

export interface NewFile extends ReceivedFile {
  /**
   * Which file of the page it replaces: the one with this id, or the one with its name if there is one. By default, it
   * replaces none, and gets a number in its name if the name is in use.
   */
  readonly replaces?: { readonly id: string } | "same-name" | undefined;
}

export interface FileCommandResult extends CommandResult {
  /** The file of the page: the new one, or the one that had the same name and bytes already. */
  readonly file: PageFile;
}

export interface NewPage {
  /** The id of the page, a UUID. Default: random, or made from `idempotencyKey`. */
  readonly id?: string | undefined;
  readonly title: string;
  /** By default made from the title, with a number if that slug is in use. */
  readonly slug?: string | undefined;
  readonly body?: string | undefined;
  readonly summary?: string | undefined;
  /** A repeated command of the same user with the same key creates no page, and resolves to the page as created. */
  readonly idempotencyKey?: string | undefined;
  readonly files?: readonly NewFile[] | undefined;
}

export interface PageEdit extends EditedFields {
  readonly summary?: string;
  /** The version that the edit started from, or a function that returns it; by default the current one. */
  readonly baseVersion?: number | ((pageId: string) => number);
  /**
   * Versions before `baseVersion` that the text was made from, after a conflict was resolved. The first is the original
   * base, which the event records. Text that the edit takes from the first or the last keeps its authors.
   */
  readonly ancestorVersions?: readonly number[];
  readonly files?: readonly NewFile[];
}

export interface ArchiveCommand {
  readonly summary?: string | undefined;
  /** The version that the caller has seen; by default the current one. */
  readonly baseVersion?: number | undefined;
}

export interface RemoveFileCommand extends Omit<ArchiveCommand, "baseVersion"> {
  /** As in `PageEdit`. */
  readonly baseVersion?: PageEdit["baseVersion"];
  readonly fileId: string;
}

export interface UnarchiveCommand extends ArchiveCommand {
  /** By default the last slug of the page. */
  readonly slug?: string | undefined;
}

/** A command to restore a version, or to undo the edit that created it. */
export interface VersionCommand extends ArchiveCommand {
  readonly version: number;
}

/**
 * The page that a slug leads to:
 *
 * - `page`: the page has this slug now. `formerPageId` is the page that had the slug before it.
 * - `moved`: the page had this slug last, and has another one now.
 * - `archived`: the page had this slug last, and is archived. `formerPage` had the slug before it and is not archived.
 * - `nothing`: no page ever had this slug.
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
