import type { Link, Part } from "../nodes.tsx";
import { count, list, percent, versions } from "./numbers.ts";

/** The head of the screens about the versions of a page. */
export const record = {
  navigation: "Page and versions",
  page: "Page",
  archived: "This page is archived.",
};

/** Changes as phrases, where `changes.kinds` is not enough. */
export const changeDescriptions = {
  title: (from: Part, to: Part) => (
    <>
      Title changed from {from} to {to}
    </>
  ),
  titleTo: (to: Part) => <>Title changed to {to}</>,
  address: (from: Part, to: Part) => (
    <>
      Address changed from {from} to {to}
    </>
  ),
  addressTo: (to: Part) => <>Address changed to {to}</>,
  restored: (version: Part) => <>{version} restored</>,
  undone: (versions: Part) => <>{versions} undone</>,
  unarchived: (address: Part) => <>Unarchived at {address}</>,
  "files-attached": (names: Part) => <>Attached {names}</>,
  "files-replaced": (name: Part) => <>Replaced {name}</>,
  "files-removed": (name: Part) => <>Removed {name}</>,
};

export const history = {
  titleOf: (title: string) => `History of ${title}`,
  heading: (title: Part) => <>History of {title}</>,
  none: "No older versions.",
  newest: "Newest versions",
  older: "Older versions",
  aboutBars: "The bars show how much the text changed.",
  compare: "Compare",
  versions: (first: number, last: number) =>
    first === last ? `Version ${last}` : `Versions ${first}–${last}`,
  merged: (base: number, current: number, changes: Link) => (
    <>
      {" · "}started from version {base}, merged with {changes(versions(base + 1, current))}
    </>
  ),
  seeChangesIn: (versions: string) => (
    <>
      See changes <span class="unseen">in {versions}</span>
    </>
  ),
  viewWikiAt: (versions: string) => (
    <>
      View wiki at this time<span class="unseen">, {versions}</span>
    </>
  ),
  restore: (version: number) => (
    <>
      Restore <span class="unseen">version {version}</span>
    </>
  ),
  undo: (versions: string) => (
    <>
      Undo <span class="unseen">{versions}</span>
    </>
  ),
  from: (version: number) => (
    <>
      from<span class="unseen"> version {version}</span>
    </>
  ),
  to: (version: number) => (
    <>
      to<span class="unseen"> version {version}</span>
    </>
  ),
};

/** The comparison of two versions. */
export const diff = {
  titleOf: (title: string, from: number, to: number) => `Changes to ${title}, version ${from} to ${to}`,
  heading: (title: Part) => <>Changes to {title}</>,
  before: "Before",
  after: "After",
  noPage: "No page yet",
  versionSaved: (version: Part, time: Part, by: Part) => (
    <>
      {version}, {time} {by}
    </>
  ),
  views: {
    columns: "Source side by side",
    lines: "Source in one column",
    "rendered-columns": "Page side by side",
    rendered: "Page in one column",
  },
  otherChanges: "Other changes",
  olderChange: "Older change",
  newerChange: "Newer change",
  same: "These versions don’t differ.",
  sameText: "The text is the same in both versions.",
  tooLong: "This page is too long to compare as readers see it. Compare the source instead.",
  incomplete: "Only the first part of the changes is shown. Open a version to read it in full.",
  bothEmpty: "Both versions are empty.",
  undo: "Undo this change",
  undoHint: "Later changes stay.",
  captionColumns: "Lines that differ, side by side",
  captionLines: "Lines that differ, in one column",
  captionPages: "Both pages, side by side",
  lineOf: (version: string) => `Line of ${version}`,
  removed: "Removed:",
  added: "Added:",
  noLineEnding: "no line ending",
  unchangedLines: (lines: number) => count(lines, { one: "# unchanged line", other: "# unchanged lines" }),
};

/** Who wrote each part of a page. */
export const authorship = {
  titleOf: (title: string) => `Authors of ${title}`,
  heading: (title: Part) => <>Authors of {title}</>,
  currentVersion: (version: number) => `Current version, ${version}`,
  views: { source: "In the source", rendered: "Beside the page" },
  shares: "Shares of the text",
  underOnePercent: "under 1%",
  percent,
  textIncomplete: "The rest of the text isn’t shown: it is too long.",
  pageIncomplete: "The rest of the page isn’t shown: it is too long.",
  notMarked: "From here on, authors are named only beside the text: they change too often.",
  wrote: (name: string, time: string, version: number) => `${name}, ${time}, version ${version}`,
  writtenBy: (by: Part, change: Part) => (
    <>
      Written {by}, last changed {change}
    </>
  ),
  mostlyBy: (by: Part, others: readonly Part[], change: Part) => (
    <>
      Mostly {by}, also {list(others)}; last changed {change}
    </>
  ),
  moreOthers: (people: number) => count(people, { one: "# other", other: "# others" }),
  inVersion: (version: number) => `in version ${version}`,
};

/** Commands on versions that were refused. */
export const refused = {
  notUndone: (title: string) => `Not undone: ${title}`,
  notRestored: (title: string) => `Not restored: ${title}`,
  notArchived: (title: string) => `Not archived: ${title}`,
  pageChanged: "The page has changed",
  laterChanges: (versions: string) => `Later changes edited the same text as ${versions}.`,
  changedSince: (version: number) =>
    `Others changed the same text after version ${version}, the version you saw.`,
  seeChangesIn: (versions: string) => `See changes in ${versions}`,
  compareWith: (version: number) => `Compare with version ${version}`,
  asChanged: "After that change",
  asSeen: "As you saw it",
  now: "Now",
  afterUndo: "After undoing",
  afterRestore: "After restoring",
  empty: "Empty",
  moreConflicts: (conflicts: number) =>
    count(conflicts, { one: "# more conflict isn’t shown.", other: "# more conflicts aren’t shown." }),
  checkBeforeArchiving: (seen: number, current: number) =>
    `You saw version ${seen}; the current version is ${current}. Check the changes before you archive the page.`,
  addressInUseTitle: (slug: string) => `Not undone: the address /${slug} is in use`,
  addressInUse: (versions: string, address: Part) => (
    <>
      Before {versions}, the page had the address {address}, which another page has now.
    </>
  ),
  openOtherPage: "Open the other page",
  backToHistory: "Back to history",
};

/** Unarchiving a page at another address. */
export const unarchive = {
  notUnarchived: (title: string) => `Not unarchived: ${title}`,
  heading: (title: Part) => <>Unarchive {title}</>,
  about: "Choose another address for the page. Its versions are kept.",
};
