import type { Part } from "../nodes.tsx";
import { count } from "./numbers.ts";

/** The steps that set up a new wiki. */
export const setup = {
  heading: "Set up your wiki",
  introduction: "Four steps, about two minutes. You can leave and continue later.",
  done: "Done:",
  continue: "Continue",
  continueSetup: "Continue set-up",

  account: "Create administrator",
  aboutAccount: "An administrator can do everything: edit pages, invite people, and change this set-up.",
  createAccount: "Create administrator",
  token: "Set-up token",
  tokenHint: "The server’s log shows it after each start. You can paste the whole link.",
  tokenWrong: "This token isn’t valid. The server’s log shows the current one after each start.",

  name: "Name your wiki",
  wikiName: "Name of the wiki",
  nameHint: "Shown at the top of each page, such as Team handbook.",
  nameInvalid: "A name needs 1 to 60 characters on one line.",
  nameConfigured: (name: Part, setting: Part) => (
    <>
      The name is {name}. It is set by {setting}.
    </>
  ),
  readers: (isPublic: boolean) =>
    isPublic
      ? "Everyone who can open this address can read the wiki."
      : "Only people with an account can read the wiki.",
  changeReaders: (setting: Part) => <>To change this, set {setting} and restart the server.</>,

  pages: "Add pages",
  pagesNote: "Import or start empty",
  chooseOne: "Choose how to start.",
  import: "Import pages",
  aboutImport:
    "Markdown with images, as a ZIP archive or a folder. Links between files become links between pages.",
  archive: "ZIP archive or files",
  folder: "Or a folder",
  noFiles: "Choose a ZIP archive, Markdown files or a folder.",
  notImportable:
    "Nothing was imported. Choose one ZIP archive or one folder that contains files with the ending .md, .mdx or .markdown.",
  nothingImported: "Nothing was imported:",
  sameAddress: (paths: Part, address: Part) => (
    <>
      {paths} would have the same address, {address}. Rename all but one of them.
    </>
  ),
  addressTaken: (path: Part, address: Part) => (
    <>
      {path} would have the address {address}, which another page has. Rename one of them.
    </>
  ),
  skipFailed: "Skip the files that can’t be imported",
  imported: (pages: number) => count(pages, { one: "# page imported.", other: "# pages imported." }),
  remarks: (remarks: number) => count(remarks, { one: "Check # file:", other: "Check # files:" }),
  leftAlone: "the page was changed in the wiki and was left alone",
  moreFiles: (files: number) => count(files, { one: "and # more", other: "and # more" }),
  welcomePage: "Start with a welcome page",
  aboutWelcomePage: "One page, which explains how to write. Edit it to make it your home page.",
  empty: "Start empty",
  aboutEmpty: "No pages yet.",

  people: "Invite people",
  optional: "Optional",
  aboutPeople: "Create a link and send it to one person. It works once, for seven days.",
  createLink: "Create invitation link",
  createAnotherLink: "Create another link",
  invitationCreated: (role: string, expires: Part) => (
    <>
      Invitation created: {role}. Copy the link now: it is shown only once. It expires on {expires}.
    </>
  ),
  skip: "Skip and open wiki",
  openWiki: "Open wiki",

  alreadySetUp: "This wiki is already set up",
  signInToContinue: "Sign in as an administrator to change the set-up.",
  askAdministrator: "Only administrators can change the set-up.",
};
