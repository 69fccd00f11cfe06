import type { VNode } from "preact";
import type { FieldConflict, PageArchivedError, UndoRefusedError } from "../../application/errors.ts";
import { addresses } from "../addresses.ts";
import { errorText } from "../error-text.ts";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";
import { visibleText } from "./drawn-rows.ts";
import { type RecordedPage, RecordHead } from "./record-head.tsx";

// Limits of what a browser can draw in one page.
const MAX_SHOWN_CONFLICTS = 200;
const MAX_SHOWN_UNITS = 20_000;

export type VersionConflictProps = {
  readonly page: RecordedPage;
  readonly command: "undo" | "restore";
  readonly versions: { readonly first: number; readonly last: number };
  /** The version after which the conflicting edits were saved. */
  readonly baseVersion: number;
  readonly conflicts: readonly FieldConflict[];
  /** The number of conflicts that `conflicts` does not contain. */
  readonly omittedConflicts: number;
};

/** The conflict of an undo or restore with later edits. */
export function versionConflict(props: VersionConflictProps): Screen {
  const title = props.command === "undo" ? strings.refused.notUndone : strings.refused.notRestored;
  return { title: title(props.page.title), body: <VersionConflict {...props} /> };
}

function VersionConflict(props: VersionConflictProps): VNode {
  const { page, command, versions, baseVersion, conflicts, omittedConflicts } = props;
  const notShown = Math.max(0, conflicts.length - MAX_SHOWN_CONFLICTS) + omittedConflicts;
  const name = strings.common.versions(versions.first, versions.last);
  return (
    <MainPart shape="wide">
      <RecordHead page={page}>
        {command === "undo" ? strings.errors["undo-refused"].title : strings.refused.pageChanged}
      </RecordHead>
      <p class="lede">
        {command === "undo" ? strings.refused.laterChanges(name) : strings.refused.changedSince(baseVersion)}
      </p>
      <div class="actions">
        <a class="button main" href={addresses.editPage(page.slug)}>
          {strings.common.editPage}
        </a>
        {command === "undo" && (
          <a class="button" href={addresses.diff(page.id, versions.first - 1, versions.last)}>
            {strings.refused.seeChangesIn(name)}
          </a>
        )}
        {baseVersion < page.version && (
          <a class="button" href={addresses.diff(page.id, baseVersion, page.version)}>
            {strings.common.seeChangesSince}
          </a>
        )}
        {command === "restore" && (
          <a class="button" href={addresses.diff(page.id, versions.first, page.version)}>
            {strings.refused.compareWith(versions.first)}
          </a>
        )}
      </div>
      <ol class="conflicts">
        {conflicts.slice(0, MAX_SHOWN_CONFLICTS).map((conflict, index) => (
          <Conflict key={index} command={command} {...conflict} />
        ))}
      </ol>
      {notShown > 0 && <p class="muted">{strings.refused.moreConflicts(notShown)}</p>}
    </MainPart>
  );
}

function Conflict(props: FieldConflict & { readonly command: VersionConflictProps["command"] }): VNode {
  const { field, base, theirs, yours, command } = props;
  const undo = command === "undo";
  const { common, refused } = strings;
  const fieldNames = { title: common.title, slug: common.address, body: common.text };
  return (
    <li>
      <h2>{fieldNames[field]}</h2>
      <dl>
        <Side name={undo ? refused.asChanged : refused.asSeen} text={base} />
        <Side name={refused.now} text={theirs} />
        <Side name={undo ? refused.afterUndo : refused.afterRestore} text={yours} />
      </dl>
    </li>
  );
}

function Side({ name, text }: { readonly name: string; readonly text: string }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto" class={text === "" ? "muted" : undefined}>
        {text === "" ? strings.refused.empty : visibleText(text.slice(0, MAX_SHOWN_UNITS))}
        {text.length > MAX_SHOWN_UNITS && " …"}
      </dd>
    </div>
  );
}

export type ArchiveConflictProps = {
  readonly page: RecordedPage;
  /** The version token of the current version, which is the base of the next attempt. */
  readonly base: string;
  readonly baseVersion: number;
  readonly summary: string;
};

/** A page that was not archived, since it changed after the form was shown. */
export function archiveConflict(props: ArchiveConflictProps): Screen {
  const { page, base, baseVersion, summary } = props;
  const body = (
    <MainPart>
      <RecordHead page={page}>{strings.refused.pageChanged}</RecordHead>
      <p class="lede">{strings.refused.checkBeforeArchiving(baseVersion, page.version)}</p>
      <form class="actions" method="post" action={addresses.archive(page.id)}>
        <input type="hidden" name="base" value={base} />
        <input type="hidden" name="summary" value={summary} />
        <a class="button main" href={addresses.diff(page.id, baseVersion, page.version)}>
          {strings.common.seeChangesSince}
        </a>
        <button class="button undoing" type="submit">
          {strings.page.archivePage}
        </button>
      </form>
    </MainPart>
  );
  return { title: strings.refused.notArchived(page.title), body };
}

export type SlugTakenProps = {
  readonly page: RecordedPage;
  /** The slug before the edit, which another page has now. */
  readonly slug: string;
  readonly versions: { readonly first: number; readonly last: number };
};

/** An edit that cannot be undone, since another page has the previous slug now. */
export function slugTaken({ page, slug, versions }: SlugTakenProps): Screen {
  const name = strings.common.versions(versions.first, versions.last);
  const body = (
    <MainPart>
      <RecordHead page={page}>{strings.errors["slug-conflict"].title}</RecordHead>
      <p class="lede">{strings.refused.addressInUse(name, <code dir="auto">/{slug}</code>)}</p>
      <div class="actions">
        <a class="button main" href={addresses.editPage(page.slug)}>
          {strings.common.editPage}
        </a>
        <a class="button" href={addresses.diff(page.id, versions.first - 1, versions.last)}>
          {strings.refused.seeChangesIn(name)}
        </a>
        <a class="button" href={addresses.page(slug)}>
          {strings.refused.openOtherPage}
        </a>
      </div>
    </MainPart>
  );
  return { title: strings.refused.addressInUseTitle(slug), body };
}

export type CommandRefusedProps = {
  readonly page: RecordedPage;
  readonly error: UndoRefusedError | PageArchivedError;
};

export function commandRefused({ page, error }: CommandRefusedProps): Screen {
  const { title } = strings.errors[error.code];
  const body = (
    <MainPart>
      <RecordHead page={page}>{title}</RecordHead>
      <p class="lede">{errorText(error.code, error)}</p>
      <div class="invitation">
        <a class="button" href={addresses.history(page.id)}>
          {strings.refused.backToHistory}
        </a>
      </div>
    </MainPart>
  );
  return { title, body };
}
