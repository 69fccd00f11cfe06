/** The export of all pages. */
export const exportStrings = {
  heading: "Export",
  introduction: "Download all pages as Markdown, with their images and files, in one ZIP archive.",
  dateHint: "Leave it empty for the current pages.",
  download: "Download ZIP",
  importAgain: "The set-up of a new wiki and the command “palimpsest import” take this archive.",
};
