import { archived, slugs } from "./addresses.tsx";
import { changes } from "./changes.tsx";
import { common, forms } from "./common.tsx";
import { conflict, drafts, edit } from "./edit.tsx";
import { embeds } from "./embeds.tsx";
import { errors, problem } from "./errors.tsx";
import { exportStrings } from "./export.ts";
import { files } from "./files.tsx";
import { earlier, frame } from "./frame.tsx";
import { identity } from "./identity.tsx";
import { links } from "./links.tsx";
import { LOCALE, list, number } from "./numbers.ts";
import { archivedPage, missing, page, pageList, pageVersion, rename } from "./page.tsx";
import { authorship, changeDescriptions, diff, history, record, refused, unarchive } from "./record.tsx";
import { search } from "./search.tsx";
import { setup } from "./setup.tsx";
import { welcome } from "./welcome.ts";

/** The English catalogue. */
export const en = {
  /** For the `lang` attribute of documents. */
  language: "en",
  /** How the server writes dates and numbers. */
  locale: LOCALE,
  number,
  list,
  archived,
  archivedPage,
  authorship,
  changeDescriptions,
  changes,
  common,
  conflict,
  diff,
  drafts,
  earlier,
  edit,
  embeds,
  errors,
  files,
  export: exportStrings,
  forms,
  frame,
  history,
  identity,
  links,
  missing,
  page,
  pageList,
  pageVersion,
  problem,
  record,
  refused,
  rename,
  search,
  setup,
  slugs,
  unarchive,
  welcome,
};
