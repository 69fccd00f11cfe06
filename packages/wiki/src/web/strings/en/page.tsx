import type { Link, Part } from "../nodes.tsx";
import { common } from "./common.tsx";

/** Reading a page. */
export const page = {
  created: "Page created.",
  saved: (version: number) => `Saved as version ${version}.`,
  unchanged: "No changes to save.",
  addressChanged: "Address changed. The old address redirects here.",
  restored: (version: number) => `Version restored, saved as version ${version}.`,
  undone: (version: number) => `Change undone, saved as version ${version}.`,
  unarchived: "Page unarchived.",
  archived: "Page archived.",
  copyCode: "Copy",
  copiedCode: "Copied",
  merged: (version: number, others: Link, yours: Link) => (
    <>
      Saved as version {version} and merged with other changes. {others("See other changes")},{" "}
      {yours("see your changes")}
    </>
  ),

  newerVersion: (name: Part, version: Part, show: Link) => (
    <>
      {name} saved version {version}. {show("Show it")}
    </>
  ),
  newerVersionWhileEditing: (name: Part, version: Part, changes: Link) => (
    <>
      {name} saved version {version}. {common.mergedWhenSaved} {changes(common.seeChanges)}
    </>
  ),
  someone: "Someone",

  aboutAddress: "About this address",
  formerPage: (page: Part) => <>This address used to lead to {page}.</>,
  formerPageArchived: (page: Part) => <>This address used to lead to {page}, which is archived.</>,
  formerPageArchivedEarlier: (page: Part) => <>This address used to lead to {page}, which was archived.</>,

  versionSaved: (version: number, time: Part, by: Part) => (
    <>
      Version {version}, {time} {by}
    </>
  ),
  edit: "Edit",
  changeAddress: "Change address",
  archive: "Archive",
  archivePage: "Archive page",
  aboutArchiving:
    "The page is removed from lists and search, and its address becomes free. You can unarchive it later.",
  onThisPage: "On this page",
  diagram: "Diagram",
  diagramFailed: "The diagram cannot be drawn.",
};

/** The list of all pages. */
export const pageList = {
  otherLists: "Other lists",
  none: "No pages yet.",
  noneEarlier: "No pages yet at this time.",
  noOlder: "No older pages.",
  newest: "Newest pages",
  older: "Older pages",
  signInToCreate: "Sign in to create a page",
};

/** An address without a page, or with an archived one. */
export const missing = {
  heading: "This page doesn’t exist yet",
  headingEarlier: "This page didn’t exist yet",
  archived: "This page is archived",
  archivedEarlier: "This page was archived",
  archivedTitle: (title: string) => `Archived: ${title}`,
  impossible: "A page can’t have this address.",
  noPageAt: (address: Part) => <>No page has the address {address}.</>,
  noPageAtEarlier: (address: Part) => <>No page had the address {address} at this time.</>,
  archivedAt: (title: Part, time: Part, by: Part) => (
    <>
      {title} was archived {time} {by}.
    </>
  ),
  archivedBecause: (title: Part, time: Part, by: Part, reason: Part) => (
    <>
      {title} was archived {time} {by}: {reason}.
    </>
  ),
  viewArchived: "View archived page",
  formerly: (page: Part) => <>Before that, this address led to {page}.</>,
  signInToCreate: (signIn: Link) => <>{signIn("Sign in")} to create a page here.</>,
};

/** A page that was archived. */
export const archivedPage = {
  kind: "Archived page",
  archived: (time: Part, by: Part, version: number) => (
    <>
      Archived {time} {by}, as version {version}
    </>
  ),
  address: (address: Part) => <>Its address was {address}.</>,
  addressReused: (address: Part, page: Part) => (
    <>
      Its address was {address}, which {page} has now.
    </>
  ),
  unarchive: "Unarchive",
  addressTaken: (slug: string) => `Another page has /${slug} now. Choose another address.`,
};

/** A page at one of its versions. */
export const pageVersion = {
  titleOf: (title: string, version: number) => `${title}, version ${version}`,
  label: "Version",
  saved: (version: number, latest: number, time: Part, by: Part) => (
    <>
      Version {version} of {latest}, saved {time} {by}.
    </>
  ),
  archivedIt: "This version archived the page.",
};

/** Changing the address of a page. */
export const rename = {
  titleOf: (title: string) => `Change address of ${title}`,
  notChangedTitle: (title: string) => `Not changed: address of ${title}`,
  heading: (title: Part) => <>Change address of {title}</>,
  about: (address: Part) => (
    <>
      All versions move to the new address. The old one, {address}, redirects to it until another page takes
      it.
    </>
  ),
  conflict: (name: Part, from: Part, to: Part, yours: Part) => (
    <>
      {name} changed the address from {from} to {to} while you were editing. You entered {yours}. Choose one
      of them, or enter another.
    </>
  ),
  newAddress: "New address",
  keep: (slug: string) => `Keep /${slug}`,
  onlyAddress: (edit: Link) => <>The title stays the same. To change it, {edit("edit the page")}.</>,
  baseUnknown: (slug: string) =>
    `Not changed: the version you started from is unknown. The address is /${slug} now.`,
};
