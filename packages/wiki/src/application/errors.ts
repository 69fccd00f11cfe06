import { CodedError } from "@palimpsest/eventsourcing";

/** No page has this slug or id (or it is not at that version). */
export class PageNotFoundError extends CodedError {
  readonly code = "page-not-found";
  readonly page: string;
  /** The instant at which it was asked for, in ISO 8601. */
  readonly at?: string;
  /** The id of the page that had the slug last, where that one is archived. */
  readonly archivedPageId?: string;
  /** The id of the page that had the slug before that one, and has another now. */
  readonly formerPageId?: string;

  /** @param page the slug or id that was asked for */
  constructor(page: string, asked: MissingPage = {}) {
    super(whyNotFound(page, asked));
    this.page = page;
    if (asked.at !== undefined) this.at = asked.at.toISOString();
    if (asked.archivedPageId !== undefined) this.archivedPageId = asked.archivedPageId;
    if (asked.formerPageId !== undefined) this.formerPageId = asked.formerPageId;
  }
}

interface MissingPage {
  readonly version?: number | undefined;
  readonly at?: Date | undefined;
  readonly archivedPageId?: string | undefined;
  readonly formerPageId?: string | undefined;
}

function whyNotFound(page: string, { version, at, archivedPageId, formerPageId }: MissingPage): string {
  const time = at === undefined ? "" : ` at ${at.toISOString()}`;
  const there = `There ${at === undefined ? "is" : "was"} no page "${page}"${version === undefined ? time : ` at version ${version}`}.`;
  const archived = `The one that had this slug last is archived; it can be read by its id, ${archivedPageId}.`;
  const former = `Before that, the slug led to the page ${formerPageId}.`;
  if (archivedPageId === undefined) return there;
  return formerPageId === undefined ? `${there} ${archived}` : `${there} ${archived} ${former}`;
}

/** Another page has this slug. Nothing was changed. */
export class SlugConflictError extends CodedError {
  readonly code = "slug-conflict";
  readonly slug: string;

  constructor(slug: string) {
    super(`The slug "${slug}" is used by another page.`);
    this.slug = slug;
  }
}

/** A title that a page cannot have. Nothing was changed. */
export class InvalidTitleError extends CodedError {
  readonly code = "invalid-title";
  readonly why: string;

  /** @param why completes "A title has …;" */
  constructor(why: string) {
    super(`A title has 1 to 500 characters, none of them a control character; ${why}.`);
    this.why = why;
  }
}

/** What one version of a page's fields said, as far as an edit touched them. */
export interface EditedFields {
  readonly title?: string;
  readonly slug?: string;
  readonly body?: string;
}

/** A part of a page that both sides of an edit changed, each differently: as the edit found it, as it is, as wanted. */
export interface FieldConflict {
  readonly field: "title" | "slug" | "body";
  /** Of a body, whole lines. */
  readonly base: string;
  readonly theirs: string;
  readonly yours: string;
}

/** Someone else changed the same since the edit's base version. Nothing was changed and nothing is lost. */
export class EditConflictError extends CodedError {
  readonly code = "edit-conflict";
  readonly pageId: string;
  readonly baseVersion: number;
  readonly currentVersion: number;
  /** The fields in conflict, whole, as the edit found them, as they are now, and as the edit would have them. */
  readonly base: EditedFields;
  readonly theirs: EditedFields;
  readonly yours: EditedFields;
  /** What of them is in conflict, in order; of a body, only these pieces. */
  readonly conflicts: readonly FieldConflict[];

  constructor(
    page: { readonly pageId: string; readonly baseVersion: number; readonly currentVersion: number },
    sides: { readonly base: EditedFields; readonly theirs: EditedFields; readonly yours: EditedFields },
    conflicts: readonly FieldConflict[],
  ) {
    const fields = [...new Set(conflicts.map(({ field }) => field))];
    super(
      `The ${fields.join(" and ")} of the page changed since version ${page.baseVersion}, on which this edit is based.`,
    );
    this.pageId = page.pageId;
    this.baseVersion = page.baseVersion;
    this.currentVersion = page.currentVersion;
    this.base = pick(sides.base, fields);
    this.theirs = pick(sides.theirs, fields);
    this.yours = pick(sides.yours, fields);
    this.conflicts = conflicts;
  }
}

function pick(fields: EditedFields, names: readonly (keyof EditedFields)[]): EditedFields {
  return Object.fromEntries(
    names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])),
  );
}

/** The page was archived: it can be read by its id, and brought back. Nothing was changed. */
export class PageArchivedError extends CodedError {
  readonly code = "page-archived";
  readonly pageId: string;

  /** @param page the slug or id that was asked for */
  constructor(page: string, pageId: string) {
    super(`The page "${page}" was archived. It can be read by its id, ${pageId}, and brought back.`);
    this.pageId = pageId;
  }
}

/** The edit is none that can be taken back. Nothing was changed. */
export class UndoRefusedError extends CodedError {
  readonly code = "undo-refused";
  readonly version: number;
  readonly why: string;

  /** @param version one of those that the edit made */
  constructor(version: number, why: string) {
    super(`The edit that made version ${version} cannot be undone: ${why}.`);
    this.version = version;
    this.why = why;
  }
}

/** The edit says it is based on a version that the page does not have. Nothing was changed. */
export class BaseVersionError extends CodedError {
  readonly code = "base-version-unknown";
  readonly baseVersion: number;
  readonly currentVersion: number;

  constructor(baseVersion: number, currentVersion: number) {
    super(`An edit cannot be based on version ${baseVersion}: the page is at version ${currentVersion}.`);
    this.baseVersion = baseVersion;
    this.currentVersion = currentVersion;
  }
}

/** The key was used before for a page with other content. Nothing was changed. */
export class IdempotencyKeyReusedError extends CodedError {
  readonly code = "idempotency-key-reused";
  readonly key: string;

  constructor(key: string) {
    super(`The idempotency key "${key}" was used before, to create a page with another title, slug or body.`);
    this.key = key;
  }
}

/** As many are searching the past as may at once, or one client does so as often as it may. */
export class SearchBusyError extends CodedError {
  readonly code = "search-busy";
  readonly retryAfterSeconds = 5;

  /**
   * @param searching how many searches are under way
   * @param whose those of all clients, or of the one that is refused
   */
  constructor(searching: number, whose: "all" | "client") {
    super(
      whose === "all"
        ? `The past is searched by ${searching} others just now, and by no more at once. Try again in a moment.`
        : `The past is searched ${searching} times by you or from your address, and no more at once. Try again in a moment.`,
    );
  }
}

/** Nobody waits for the search any more. */
export class SearchAbandonedError extends CodedError {
  readonly code = "search-abandoned";

  constructor() {
    super("The search was given up before it ended.");
  }
}
