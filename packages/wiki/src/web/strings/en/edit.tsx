import type { DraftMessages } from "../island-strings.ts";
import type { Link, Part } from "../nodes.tsx";
import { count, list } from "./numbers.ts";

const draftsOfPage = (drafts: number) =>
  count(drafts, { one: "You have a draft of this page.", other: "You have # drafts of this page." });

/** The form that writes a page. */
export const edit = {
  titleOf: (title: string) => `Edit ${title}`,
  heading: (title: Part) => <>Edit {title}</>,
  notSaved: (title: string) => `Not saved: ${title}`,
  previewOf: (title: string) => `Preview: ${title}`,
  newAddressHint:
    "Leave empty to use the title. Use / to put the page below another page, as in handbook/on-call.",
  textHint: "Markdown. [[Another page]] links to a page.",
  previewHeading: "Preview, not saved",
  noText: "No text yet.",
  sameTitle: (pages: number, title: Part) => (
    <>
      Not saved yet: {pages === 1 ? "another page has" : "other pages have"} the title {title}. A link by this
      title would lead to a choice between them.
    </>
  ),
  createAnyway: "Create anyway",
  saveAnyway: "Save anyway",

  signedOut: "You are signed out. Sign in in another window, then save again here.",
  archived: "Not saved: the page was archived while you were editing.",
  archivedDraftSaved:
    "Not saved: the page was archived while you were editing. Your text is saved as a draft.",
  baseUnknown: (version: number) =>
    `Not saved: the version you started from is unknown. Read version ${version}, the current one, before you save: your text replaces it.`,
  conflictUnknown:
    "Not saved: the version that conflicts with your text is unknown. The texts you typed for individual conflicts were appended to your text. Save to see the conflicts again.",
};

/** An edit that conflicts with changes that others saved. `name` is the person who saved the current version. */
export const conflict = {
  titleOf: (title: string) => `Merge your changes to ${title}`,
  savedFirst: (name: Part) => <>{name} saved first</>,
  someoneSavedFirst: "Someone else saved first",
  versions: (base: number, name: Part, current: number, time: Part) => (
    <>
      You started from version {base}. {name} saved version {current}, {time}.
    </>
  ),
  bothChanged: (conflicts: number) =>
    count(conflicts, {
      one: "You both changed # place. The rest is merged.",
      other: "You both changed # places. The rest is merged.",
    }),
  yoursByDefault: "Where you choose nothing, your text is used.",
  draftSaved: (draft: Link) => <>Your text is saved as {draft("a draft")}.</>,
  seeOtherChanges: "See other changes",
  placeOf: (number: number, total: number, field: string) => `${number} of ${total}: ${field}`,
  place: (number: number) => `Conflict ${number}`,
  original: "Original",
  other: "Current version",
  yours: "Yours",
  choices: {
    yours: "Keep yours",
    both: "Keep both",
    base: "Keep the original",
    own: "Edit the text",
  },
  keepTheirs: (name: Part) => <>Keep {name}’s</>,
  keepCurrent: "Keep the current version",
  chosen: (choice: Part) => <>Your choice: {choice}</>,
  editedText: (number: number) => `Edited text for conflict ${number}`,
  empty: "Empty",
  removed: "Removed",
  onlyLineEndings: "Only the line endings differ.",
  shortened: "The rest isn’t shown.",
  notShown: (first: number, last: number) =>
    first === last
      ? `Conflict ${first} isn’t shown. Both texts are kept there.`
      : `Conflicts ${first} to ${last} aren’t shown. Both texts are kept there.`,
  editToResolve: "To change those places, choose “Edit whole text”.",
  editForTitle: "To change the title, choose “Edit whole text”.",
  editWholeText: "Edit whole text",
  mergedLines: (lines: number) => count(lines, { one: "Show # merged line", other: "Show # merged lines" }),
  choiceUnclear: (places: readonly number[]) =>
    `You edited the text but chose something else in ${places.length === 1 ? "conflict" : "conflicts"} ${places.join(", ")}. Choose “Edit the text” there, or undo your edit.`,
  yourTitle: "Your title",
  yourText: "Your text",
};

/** Unsaved texts of the reader. */
export const drafts = {
  heading: "Your drafts",
  about: "Only you can see your drafts. Saving a page deletes its draft.",
  none: "No drafts.",
  deleted: "Draft deleted.",
  notDeleted: "Draft not deleted: it was changed in another window.",
  pageGone: "Deleted page",
  savedAt: (time: Part) => <>saved {time}</>,
  pageMissingHint: "The page no longer exists. You can still copy your text.",
  pageArchivedHint: "The page is archived. You can still copy your text.",
  fromCurrent: (version: number) => `Based on the current version, ${version}.`,
  fromMissing: (base: number, current: number) =>
    `Based on version ${base}, which no longer exists. The current version is ${current}.`,
  fromOlder: (base: number, current: number) =>
    `Based on version ${base}. The current version is ${current}.`,
  delete: "Delete draft",
  deleteOf: (title: string) => `Delete draft ${title}`,

  titleOf: (title: string) => `Draft: ${title}`,
  saved: (time: Part) => <>Your draft, saved {time}.</>,
  archived: (unarchive: Link) => (
    <>The page is archived. {unarchive("Unarchive it")} to save the draft, or copy the text.</>
  ),
  gone: "The page no longer exists. Copy the text.",
  continue: "Continue editing",

  editing: (time: Part) => <>You are editing your draft, saved {time}.</>,
  otherDrafts: (drafts: number) =>
    count(drafts, {
      one: "You have another draft of this page.",
      other: "You have # other drafts of this page.",
    }),
  ofPage: draftsOfPage,
  otherNewPage: (title: Part, time: Part, open: Link) => (
    <>
      You have a draft of another new page, {title}, saved {time}. {open("Continue editing")}
    </>
  ),
  newerVersions: (names: readonly Part[], base: number, current: number) => {
    const versions = base + 1 === current ? `version ${current}` : `versions ${base + 1} to ${current}`;
    return (
      <>
        You started from version {base}. {names.length === 0 ? "Others" : list(names)} saved {versions}.
      </>
    );
  },
  newerVersionsWhileResolving: (names: readonly Part[], base: number, current: number) => {
    const versions = base + 1 === current ? `version ${current}` : `versions ${base + 1} to ${current}`;
    return (
      <>
        You are resolving a conflict with version {base}. {names.length === 0 ? "Others" : list(names)} saved{" "}
        {versions}.
      </>
    );
  },
  conflicts: "Your changes conflict with theirs. You can resolve the conflicts when you save.",

  messages: {
    saved: "Draft saved {time}",
    failed: "Draft not saved. Retrying…",
    signedOut: "Draft not saved: you are signed out",
    forbidden: "Draft not saved: you don’t have permission",
    tooMany: "Draft not saved: you have too many drafts",
    outdated: "Draft not saved: the version you started from is unknown. Save the page for details.",
    tooLong: "Draft not saved: the text is too long",
  } satisfies DraftMessages,
};
