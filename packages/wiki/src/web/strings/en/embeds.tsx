import type { Link, Part } from "../nodes.tsx";

/** Pages that are shown within another page. */
export const embeds = {
  label: (title: string) => `From the page ${title}`,
  section: (title: Part, heading: Part) => (
    <>
      {title} › {heading}
    </>
  ),
  missing: (name: Part) => <>The page {name} doesn’t exist.</>,
  missingEarlier: (name: Part) => <>The page {name} didn’t exist.</>,
  create: "Create page",
  several: (name: Part, choose: Link) => (
    <>
      Several pages have the title {name}. {choose("See these pages")}
    </>
  ),
  cycle: (page: Part) => <>{page} isn’t shown here, because it contains this page.</>,
  tooDeep: (page: Part) => <>{page} isn’t shown here: too many pages are shown within one another.</>,
  noSection: (page: Part, heading: Part) => (
    <>
      {page} has no section {heading}.
    </>
  ),
  tooLong: (page: Part) => <>{page} is too long to be shown here.</>,
  tooMany: "From here on, pages are only linked, because too much text of other pages is shown already.",
};
