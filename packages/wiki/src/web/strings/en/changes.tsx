import type { Part } from "../nodes.tsx";

/** The changes of all pages. */
export const changes = {
  heading: "Changes",
  none: "No changes yet.",
  noneEarlier: "No changes yet at this time.",
  noneMatch: "No matching changes.",
  noOlder: "No older changes.",
  newest: "Newest changes",
  older: "Older changes",

  kinds: {
    created: "Created",
    "title-updated": "Title changed",
    "slug-updated": "Address changed",
    "body-updated": "Text changed",
    restored: "Version restored",
    undone: "Change undone",
    archived: "Archived",
    unarchived: "Unarchived",
    "files-attached": "Files attached",
    "files-replaced": "Files replaced",
    "files-removed": "Files removed",
  },
  seeChangesOf: (version: number, title: string) => (
    <>
      See changes{" "}
      <span class="unseen">
        in version {version} of {title}
      </span>
    </>
  ),
  historyOf: (title: string) => (
    <>
      History <span class="unseen">of {title}</span>
    </>
  ),
  onlyThisPage: (title: string) => (
    <>
      Only this page<span class="unseen">, {title}</span>
    </>
  ),

  filters: "Filters",
  byPerson: (name: Part) => <>By {name}</>,
  ofPage: (title: Part) => <>Of {title}</>,
  unknownPage: "an unknown page",
  showAllPeople: "Show all people",
  showAllPages: "Show all pages",
  showAllKinds: "Show all kinds",
  kind: "Kind of change",
  allKinds: "All kinds",
  filter: "Filter",
  characters: (characters: number) => (characters === 1 ? "character" : "characters"),
};
