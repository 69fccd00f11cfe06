import type { UploadMessages } from "../island-strings.ts";
import type { Link, Part } from "../nodes.tsx";
import { count, fileSize } from "./numbers.ts";

/** The files of pages. */
export const files = {
  missing: (name: string) => `Missing file: ${name}`,
  size: fileSize,
  dimensions: (width: number, height: number) => `${width} × ${height}`,

  heading: "Files",
  ofPageTitle: (title: string) => `Files of ${title}`,
  ofPage: (title: Part) => <>Files of {title}</>,
  buttonWithCount: (files: number) => (files === 0 ? "Files" : `Files (${files})`),
  nonePage: "This page has no files.",
  about: (syntax: Part) => <>To show a file in the text, write {syntax}.</>,
  notInText: "Not in the text",
  replace: "Replace",
  replaceFile: (name: string) => `Replace ${name}`,
  newFile: (name: string) => `The file that replaces ${name}`,
  remove: "Remove",
  removeFile: (name: string) => `Remove ${name}`,
  aboutRemoving: "Earlier versions of the page keep the file.",
  upload: "Upload files",
  uploadButton: "Upload",
  choose: "Files",
  hint: (maxSize: string) => `Up to ${maxSize} each. You can also drop files on this page.`,
  readOnly: "Only editors can change the files.",
  notUploaded: "Not uploaded",
  attached: (files: number) => count(files, { one: "# file uploaded.", other: "# files uploaded." }),
  replaced: "File replaced.",
  removed: "File removed.",
  backToPage: "Back to the page",

  wikiHeading: "Files",
  none: (allPages: Link) => <>No page has files. {allPages("See all pages")}</>,
  noneUnused: (allFiles: Link) => <>Every file is shown on its page. {allFiles("See all files")}</>,
  unused: "Unused files",
  all: "All files",
  aboutUnused: "The texts of their pages don’t show or link to these files.",
  states: {
    unused: "Not in the text",
    removed: "Only in earlier versions",
    archived: "On an archived page",
  },

  /** In the form that edits a page. */
  insert: "Insert files",
  messages: {
    uploading: "Uploading {name}",
    cancelled: "Upload cancelled.",
    failed: "{name} was not uploaded.",
    done: "Uploaded.",
    dropHere: "Drop files to upload them",
  } satisfies UploadMessages,
  cancelUpload: "Cancel upload",
  insertHint: (maxSize: string) => `Up to ${maxSize} each. They are attached when you save the page.`,
};
