import type { VNode } from "preact";
import type { FieldConflict } from "../../application/errors.ts";
import { addresses } from "../addresses.ts";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { visibleText } from "./drawn-rows.ts";
import { type RecordedPage, RecordHead } from "./record-head.tsx";

// More than these nobody settles by eye, and a browser is to draw them at once.
const MAX_SHOWN_CONFLICTS = 200;
const MAX_SHOWN_UNITS = 20_000;

export type VersionConflictProps = {
  readonly page: RecordedPage;
  /** What was to be done. */
  readonly command: "undo" | "restore";
  /** The version that was to be restored, or the edit that was to be undone. */
  readonly versions: { readonly first: number; readonly last: number };
  /** The version after which others changed the same. */
  readonly baseVersion: number;
  readonly conflicts: readonly FieldConflict[];
};

/** An edit that cannot be taken back, or a version that cannot be restored, as later edits changed the same. */
export function versionConflict(props: VersionConflictProps): Screen {
  const not = props.command === "undo" ? "Not undone" : "Not restored";
  return { title: `${not}: ${props.page.title} has changed since`, body: <VersionConflict {...props} /> };
}

function VersionConflict(props: VersionConflictProps): VNode {
  const { page, command, versions, baseVersion, conflicts } = props;
  const name = namedVersions(versions);
  return (
    <MainPart shape="wide">
      <RecordHead page={page}>
        {command === "undo" ? `Later edits changed the same as ${name}` : "The page changed meanwhile"}
      </RecordHead>
      <p class="lede">
        {command === "undo"
          ? `What ${name} wrote was itself rewritten since, so it cannot be taken back by itself.`
          : `Since version ${baseVersion}, which you saw, others changed the same places.`}{" "}
        Nothing was changed.
      </p>
      <div class="actions">
        <a class="button main" href={addresses.editPage(page.slug)}>
          Edit by hand
        </a>
        {command === "undo" && (
          <a class="button" href={addresses.diff(page.id, versions.first - 1, versions.last)}>
            What {name} changed
          </a>
        )}
        {baseVersion < page.version && (
          <a class="button" href={addresses.diff(page.id, baseVersion, page.version)}>
            What changed since
          </a>
        )}
        {command === "restore" && (
          <a class="button" href={addresses.diff(page.id, versions.first, page.version)}>
            What restoring would undo
          </a>
        )}
      </div>
      <ol class="conflicts">
        {conflicts.slice(0, MAX_SHOWN_CONFLICTS).map((conflict, index) => (
          <Conflict key={index} command={command} {...conflict} />
        ))}
      </ol>
      {conflicts.length > MAX_SHOWN_CONFLICTS && (
        <p class="muted">And {conflicts.length - MAX_SHOWN_CONFLICTS} more, which the differences show.</p>
      )}
    </MainPart>
  );
}

const fieldNames = { title: "The title", slug: "The address", body: "The text" } as const;

function Conflict(props: FieldConflict & { readonly command: VersionConflictProps["command"] }): VNode {
  const { field, base, theirs, yours, command } = props;
  const undo = command === "undo";
  return (
    <li>
      <h2>{fieldNames[field]}</h2>
      <dl>
        <Side name={undo ? "As that edit left it" : "As you saw it"} text={base} />
        <Side name="As it is now" text={theirs} />
        <Side name={undo ? "As undoing would make it" : "As restoring would make it"} text={yours} />
      </dl>
    </li>
  );
}

function Side({ name, text }: { readonly name: string; readonly text: string }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto" class={text === "" ? "muted" : undefined}>
        {text === "" ? "Nothing" : visibleText(text.slice(0, MAX_SHOWN_UNITS))}
        {text.length > MAX_SHOWN_UNITS && " …"}
      </dd>
    </div>
  );
}

export type ArchiveConflictProps = {
  readonly page: RecordedPage;
  /** Names the present version, from which the next attempt starts. */
  readonly base: string;
  readonly baseVersion: number;
  readonly summary: string;
};

/** A page that was not archived, as it changed since whoever wanted it looked at it. */
export function archiveConflict(props: ArchiveConflictProps): Screen {
  const { page, base, baseVersion, summary } = props;
  const body = (
    <MainPart>
      <RecordHead page={page}>The page changed meanwhile</RecordHead>
      <p class="lede">
        You saw version {baseVersion}; now it is at version {page.version}. Look what changed before it leaves
        the wiki. Nothing was changed.
      </p>
      <form class="actions" method="post" action={addresses.archive(page.id)}>
        <input type="hidden" name="base" value={base} />
        <input type="hidden" name="summary" value={summary} />
        <a class="button main" href={addresses.diff(page.id, baseVersion, page.version)}>
          What changed since
        </a>
        <button class="button undoing" type="submit">
          Archive it all the same
        </button>
      </form>
    </MainPart>
  );
  return { title: `Not archived: ${page.title} has changed meanwhile`, body };
}

export type SlugTakenProps = {
  readonly page: RecordedPage;
  /** The address that the page had before the edit, and another page has now. */
  readonly slug: string;
  /** The edit that was to be undone. */
  readonly versions: { readonly first: number; readonly last: number };
};

/** An edit that cannot be taken back, as it would give the page an address that is another's by now. */
export function slugTaken({ page, slug, versions }: SlugTakenProps): Screen {
  const name = namedVersions(versions);
  const body = (
    <MainPart>
      <RecordHead page={page}>The address is in use</RecordHead>
      <p class="lede">
        Before {name} the page was at <code dir="auto">/{slug}</code>, where another page is by now, so the
        edit cannot be taken back by itself. Nothing was changed.
      </p>
      <div class="actions">
        <a class="button main" href={addresses.editPage(page.slug)}>
          Edit by hand
        </a>
        <a class="button" href={addresses.diff(page.id, versions.first - 1, versions.last)}>
          What {name} changed
        </a>
        <a class="button" href={addresses.page(slug)}>
          The other page
        </a>
      </div>
    </MainPart>
  );
  return { title: `Not undone: the address /${slug} is in use`, body };
}

export type CommandRefusedProps = {
  readonly page: RecordedPage;
  /** What was wrong, in a sentence. */
  readonly why: string;
};

/** A command about a page's record that is none for it. */
export function commandRefused({ page, why }: CommandRefusedProps): Screen {
  const body = (
    <MainPart>
      <RecordHead page={page}>That cannot be done</RecordHead>
      <p class="lede">{why} Nothing was changed.</p>
      <div class="invitation">
        <a class="button" href={addresses.history(page.id)}>
          Back to the history
        </a>
      </div>
    </MainPart>
  );
  return { title: "That cannot be done", body };
}

function namedVersions({ first, last }: VersionConflictProps["versions"]): string {
  return first === last ? `version ${last}` : `versions ${first} to ${last}`;
}
