import type { Link, Part } from "../nodes.tsx";
import { count } from "./numbers.ts";

/** The pages that had an address. */
export const slugs = {
  titleOf: (slug: string) => `History of the address /${slug}`,
  heading: (slug: Part) => <>History of the address {slug}</>,
  neverUsed: (open: Link) => <>No page has had this address. {open("Open it")}</>,
  free: (open: Link) => <>No page has this address now. {open("Open it")}</>,
  used: (open: Link) => <>A page has this address now. {open("Open it")}</>,
  noPage: "No page",
  now: "now",
  archived: "archived now",
  movedTo: (address: Part) => <>now at {address}</>,
  assigned: (by: Part) => <>Assigned {by}</>,
  released: (by: Part) => <>Released {by}</>,
  viewThen: (time: Part) => (
    <>
      View page at this time<span class="unseen">, {time}</span>
    </>
  ),
  notShown: (changes: number) =>
    count(changes, { one: "# earlier change isn’t shown.", other: "# earlier changes aren’t shown." }),
};

/** The list of archived pages. */
export const archived = {
  heading: "Archived pages",
  none: (allPages: Link) => <>No page is archived. {allPages("See all pages")}</>,
  about: "Archived pages are hidden from lists and search. Open one to read or unarchive it.",
};
