import { CodedError } from "@palimpsest/eventsourcing";

/** No page has this slug or id, or the page lacks the requested version. */
export class PageNotFoundError extends CodedError {
  readonly code = "page-not-found";
  /** The requested slug or id. */
  readonly page: string;
  /** The requested instant, in ISO 8601. */
  readonly at?: string;
  /** The id of the page that had the slug last, if that page is archived. */
  readonly archivedPageId?: string;
  /** The id of the page that had the slug before the archived one, and has another slug now. */
  readonly formerPageId?: string;

  constructor(page: string, request: PageRequest = {}) {
    super(notFoundMessage(page, request));
    this.page = page;
    if (request.at !== undefined) this.at = request.at.toISOString();
    if (request.archivedPageId !== undefined) this.archivedPageId = request.archivedPageId;
    if (request.formerPageId !== undefined) this.formerPageId = request.formerPageId;
  }
}

interface PageRequest {
  readonly version?: number | undefined;
  readonly at?: Date | undefined;
  readonly archivedPageId?: string | undefined;
  readonly formerPageId?: string | undefined;
}

function notFoundMessage(page: string, { version, at, archivedPageId, formerPageId }: PageRequest): string {
  const name = `Page "${page}"`;
  let missing = `${name} does not exist.`;
  if (version !== undefined) missing = `${name} does not exist at version ${version}.`;
  else if (at !== undefined) missing = `${name} did not exist at ${at.toISOString()}.`;
  if (archivedPageId === undefined) return missing;
  const archived = `The last page with this slug is archived; read it by its id, ${archivedPageId}.`;
  if (formerPageId === undefined) return `${missing} ${archived}`;
  return `${missing} ${archived} The page before it with this slug is ${formerPageId}.`;
}

/** Another page has this slug. Nothing was changed. */
export class SlugConflictError extends CodedError {
  readonly code = "slug-conflict";
  readonly slug: string;

  constructor(slug: string) {
    super(`Slug "${slug}" is used by another page. Choose another slug.`);
    this.slug = slug;
  }
}

/** The title is not allowed. Nothing was changed. */
export class InvalidTitleError extends CodedError {
  readonly code = "invalid-title";
  readonly why: string;

  /** @param why a predicate, such as "is empty" */
  constructor(why: string) {
    super(`Title ${why}. It must have 1 to 500 characters, one of them visible, and no control characters.`);
    this.why = why;
  }
}

/** The fields of a page at one version that an edit changes. */
export interface EditedFields {
  readonly title?: string;
  readonly slug?: string;
  readonly body?: string;
}

/** A part of a page that two edits changed differently: at the base, now, and in the refused edit. */
export interface FieldConflict {
  readonly field: "title" | "slug" | "body";
  /** For a body, whole lines. */
  readonly base: string;
  readonly theirs: string;
  readonly yours: string;
}

/** The most text of an `EditConflictError`, in UTF-16 code units: of its bodies, and of its conflicts. */
const MAX_CONFLICT_UNITS = 1_000_000;

/** The edit conflicts with edits since its base version. Nothing was changed. */
export class EditConflictError extends CodedError {
  readonly code = "edit-conflict";
  readonly pageId: string;
  readonly baseVersion: number;
  readonly currentVersion: number;
  /**
   * The fields in conflict, whole: at the base version, now, and in the refused edit. Bodies of more than a million
   * UTF-16 code units together are left out; read them by version.
   */
  readonly base: EditedFields;
  readonly theirs: EditedFields;
  readonly yours: EditedFields;
  /** The parts in conflict, in order, up to a million UTF-16 code units. */
  readonly conflicts: readonly FieldConflict[];
  /** The number of parts in conflict that `conflicts` does not contain. */
  readonly omittedConflicts: number;

  constructor(
    page: { readonly pageId: string; readonly baseVersion: number; readonly currentVersion: number },
    sides: { readonly base: EditedFields; readonly theirs: EditedFields; readonly yours: EditedFields },
    conflicts: readonly FieldConflict[],
  ) {
    const fields = [...new Set(conflicts.map(({ field }) => field))];
    const bodies = [sides.base, sides.theirs, sides.yours].map(({ body = "" }) => body);
    const isLarge = bodies.reduce((sum, { length }) => sum + length, 0) > MAX_CONFLICT_UNITS;
    const whole = fields.filter((field) => field !== "body" || !isLarge);
    const listed = withinLimit(conflicts);
    super(
      `The edit is based on version ${page.baseVersion} and conflicts with version ${page.currentVersion} in its ` +
        `${fields.join(" and ")}. Merge them, and base the next edit on version ${page.currentVersion}.`,
    );
    this.pageId = page.pageId;
    this.baseVersion = page.baseVersion;
    this.currentVersion = page.currentVersion;
    this.base = pick(sides.base, whole);
    this.theirs = pick(sides.theirs, whole);
    this.yours = pick(sides.yours, whole);
    this.conflicts = listed;
    this.omittedConflicts = conflicts.length - listed.length;
  }
}

function withinLimit(conflicts: readonly FieldConflict[]): readonly FieldConflict[] {
  let units = 0;
  const end = conflicts.findIndex(({ base, theirs, yours }) => {
    units += base.length + theirs.length + yours.length;
    return units > MAX_CONFLICT_UNITS;
  });
  return end === -1 ? conflicts : conflicts.slice(0, end);
}

function pick(fields: EditedFields, names: readonly (keyof EditedFields)[]): EditedFields {
  return Object.fromEntries(
    names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])),
  );
}

/** The page is archived and accepts no edits. Nothing was changed. */
export class PageArchivedError extends CodedError {
  readonly code = "page-archived";
  readonly pageId: string;

  /** @param page the requested slug or id */
  constructor(page: string, pageId: string) {
    super(`Page "${page}" is archived. Read it by its id, ${pageId}, or unarchive it first.`);
    this.pageId = pageId;
  }
}

/** The edit cannot be undone. Nothing was changed. */
export class UndoRefusedError extends CodedError {
  readonly code = "undo-refused";
  readonly version: number;
  readonly why: string;

  /** @param version a version that the edit created */
  constructor(version: number, why: string) {
    super(`The edit that created version ${version} cannot be undone: ${why}.`);
    this.version = version;
    this.why = why;
  }
}

/** The page does not have the version that the edit is based on. Nothing was changed. */
export class BaseVersionError extends CodedError {
  readonly code = "base-version-unknown";
  readonly baseVersion: number;
  readonly currentVersion: number;

  constructor(baseVersion: number, currentVersion: number) {
    super(`Base version ${baseVersion} does not exist; the page has versions 1 to ${currentVersion}.`);
    this.baseVersion = baseVersion;
    this.currentVersion = currentVersion;
  }
}

/** The key was used for a page with other content. Nothing was changed. */
export class IdempotencyKeyReusedError extends CodedError {
  readonly code = "idempotency-key-reused";
  readonly key: string;

  constructor(key: string) {
    super(
      `Idempotency key "${key}" was used to create a page with another title, slug or body. Use a new key.`,
    );
    this.key = key;
  }
}

/** Too many searches of earlier dates are running, of all clients or of one. */
export class SearchBusyError extends CodedError {
  readonly code = "search-busy";
  readonly retryAfterSeconds = 5;

  /**
   * @param count the number of searches that are running
   * @param scope whether `count` includes all clients, or only the client that is refused
   */
  constructor(count: number, scope: "all" | "client") {
    super(
      scope === "all"
        ? `${count} searches are running, the maximum. Try again in a moment.`
        : `You already have ${count} searches running. Try again in a moment.`,
    );
  }
}
