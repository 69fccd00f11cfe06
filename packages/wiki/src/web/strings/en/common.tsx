import type { Link, Part } from "../nodes.tsx";
import { versions } from "./numbers.ts";

/** Words that several features share. */
export const common = {
  by: (name: Part) => <>by {name}</>,
  byUnknown: "by an unknown person",
  unknownPerson: "Unknown person",
  untitled: "Untitled",
  emptyPage: "This page is empty.",
  emptyPageEarlier: "This page was empty.",
  emptyVersion: "This version is empty.",

  title: "Title",
  address: "Address",
  text: "Text",
  addressHint: "Use letters, digits and hyphens. A / puts the page under another: handbook/on-call.",

  allPages: "All pages",
  addressHistory: "Address history",
  authors: "Authors",
  history: "History",
  signIn: "Sign in",
  newPage: "New page",
  createPage: "Create page",
  editPage: "Edit page",
  unarchivePage: "Unarchive page",
  viewWikiThen: "View wiki at this time",
  seeChanges: "See changes",
  seeChangesSince: "See changes since",
  mergedWhenSaved: "Your changes will be merged when you save.",
  cancel: "Cancel",
  save: "Save",
  saveDraft: "Save draft",
  preview: "Preview",

  onlyEditorsCreate: "Only editors can create pages. You are a reader.",
  version: (number: number) => `Version ${number}`,
  versions,
  currentVersion: "Current version",
  olderVersion: "Older version",
  newerVersion: "Newer version",

  pagination: "Pagination",
  morePages: "More pages",
  noMorePages: (first: Link) => <>No more pages. {first("Show the first pages")}</>,

  views: "View",
  timesInUtc: "Times are in UTC.",
};

/** The fields and errors of forms. */
export const forms = {
  optional: "(optional)",
  summary: "Summary",
  reason: "Reason",
  shownInHistory: "Shown in the history.",
  correctFields: "Correct these fields:",
};
