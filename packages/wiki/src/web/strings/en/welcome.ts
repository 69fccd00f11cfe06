/** The page that a new wiki can start with. Its text is stored, so later changes concern new wikis only. */
export const welcome = {
  title: (wikiName: string) => `Welcome to ${wikiName}`,
  text: `This is the home page of your wiki. Choose **Edit** to see how it is written, and to replace it.

## Text

Pages are written in Markdown. A blank line begins a new paragraph.

| You write                  | Readers see              |
| -------------------------- | ------------------------ |
| \`**bold**\`                 | **bold**                 |
| \`*italic*\`                 | *italic*                 |
| \`~~struck out~~\`           | ~~struck out~~           |
| \`\` \`code\` \`\`              | \`code\`                   |
| \`[a link](https://example.org)\` | [a link](https://example.org) |

Lines that begin with \`#\` are headings: \`## Text\` is the heading of this section. Headings make the table of contents.

## Links to other pages

Two square brackets link to a page by its title: \`[[Getting started]]\` becomes [[Getting started]]. The link works even
before the page exists. Follow it to create the page.

\`[[Getting started|the first steps]]\` shows other words: [[Getting started|the first steps]].

## Lists and tasks

- A line that begins with \`-\` is an item of a list.
  - Two spaces before it make it part of the item above.

1. A number and a point make a numbered list.
2. The numbers follow by themselves.

- [x] \`- [x]\` is a task that is done.
- [ ] \`- [ ]\` is a task that is open.

## Quotations and code

> A line that begins with \`>\` is a quotation.

Three backticks before and after a text show it as code. The name of its language gives it colours:

\`\`\`js
const greeting = "Hello";
\`\`\`

## Notes, marks and footnotes

> [!TIP]
> A quotation that begins with \`[!TIP]\`, \`[!NOTE]\` or \`[!WARNING]\` is a note like this one.

\`==marked words==\` are ==marked words==. A footnote[^1] is written as \`[^1]\`, and its text anywhere below.

[^1]: \`[^1]: This is the text of a footnote.\`

## Nothing is lost

Each save is a version with its author and time. **History** lists all versions of a page, compares them, and restores
them. If two people edit at the same time, their changes are merged.
`,
};
