import type { Part } from "../nodes.tsx";

/** The parts around every screen, and the earlier date that the wiki is read at. */
export const frame = {
  product: "Palimpsest",
  skipToContent: "Skip to content",
  mainNavigation: "Main",
  changes: "Changes",
  signOut: "Sign out",
  breadcrumb: "Breadcrumb",
  keepsVersions: "Palimpsest keeps every version of every page.",
};

export const earlier = {
  heading: "View wiki at an earlier date",
  invalidTitle: "Invalid date · View wiki at an earlier date",
  introduction: "Pages, titles, links, lists and search results are shown as they were at that time.",
  invalid: (text: string) =>
    `“${text}” isn’t a date. Enter a date such as 2026-03-03, or a time in UTC such as 2026-03-03T12:00:00Z.`,
  dateAndTime: "Date and time (UTC)",
  backToToday: "Back to today",
  changeDate: "Change date",
  label: "Earlier date",
  viewing: (time: Part) => <>You’re viewing the wiki at {time}.</>,
  viewingFuture: (time: Part) => <>You’re viewing the wiki at {time}, which is in the future.</>,
};
