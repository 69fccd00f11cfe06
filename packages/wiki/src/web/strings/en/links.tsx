import type { Link, Part } from "../nodes.tsx";
import { count } from "./numbers.ts";

/** Pages by the links between them. */
export const links = {
  linkedFrom: "Linked from",
  allLinkingPages: "All pages that link here",
  backlinksTitle: (title: string) => `Pages that link to ${title}`,
  backlinks: (title: Part) => <>Pages that link to {title}</>,
  backlinksEarlier: (title: Part) => <>Pages that linked to {title}</>,
  noBacklinks: "No pages link here.",
  noBacklinksEarlier: "No pages linked here.",

  chooseTitle: (title: string) => `Pages with the title ${title}`,
  choose: (title: Part) => <>Pages with the title {title}</>,
  aboutChoice: "The link gives only this title. Choose the page you want to read.",
  noneTitled: "No page has this title.",

  unlinked: "Unlinked pages",
  noUnlinked: (allPages: Link) => <>Every page is linked from another page. {allPages("See all pages")}</>,
  noUnlinkedEarlier: (allPages: Link) => (
    <>Every page was linked from another page. {allPages("See all pages")}</>
  ),
  aboutUnlinked: "No page links to these, so readers rarely find them.",
  aboutUnlinkedEarlier: "No page linked to these.",

  wanted: "Wanted pages",
  noWanted: (allPages: Link) => <>Every link leads to an existing page. {allPages("See all pages")}</>,
  noWantedEarlier: (allPages: Link) => <>Every link led to an existing page. {allPages("See all pages")}</>,
  aboutWanted: "Pages link to these, but they don’t exist yet.",
  aboutWantedEarlier: "Pages linked to these, but they didn’t exist yet.",
  linkedFromPages: (pages: number) =>
    count(pages, { one: "linked from # page", other: "linked from # pages" }),
  create: (address: Part) => (
    <>
      Create <span class="unseen">{address}</span>
    </>
  ),
};
