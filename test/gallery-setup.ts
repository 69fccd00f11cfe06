import { alreadySetUp, type SetupProps, setup } from "../packages/wiki/src/web/setup/setup.tsx";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { longWord, type Row, visitor } from "./gallery-frames.ts";

const frame = { ...visitor, isBare: true };
const named = { ...frame, wikiName: "Team handbook" };
const values = { name: "", email: "" };
const done: SetupProps = {
  account: { administrator: "Ada Lovelace" },
  name: { value: "Team handbook", isDone: true, isPublic: true },
  pages: { isDone: true },
  people: {},
};

export const setupScreens: readonly Row[] = [
  ["setup-account", frame, setup({ account: { token: "not-needed", values, minPasswordLength: 8 } })],
  [
    "setup-account-wrong-token",
    frame,
    setup({
      account: { token: "wrong", values, minPasswordLength: 8, errors: { password: "Too short." } },
    }),
  ],
  [
    "setup-name",
    frame,
    setup({
      account: { administrator: longWord },
      open: "name",
      name: { value: longWord, isPublic: false, error: strings.setup.nameInvalid },
      pages: {},
      people: {},
    }),
  ],
  [
    "setup-name-configured",
    named,
    setup({ ...done, open: "name", name: { value: "Team handbook", isConfigured: true, isPublic: true } }),
  ],
  ["setup-pages", named, setup({ ...done, open: "pages", pages: { error: strings.setup.chooseOne } })],
  [
    "setup-pages-refused",
    named,
    setup({
      ...done,
      open: "pages",
      pages: {
        refused: {
          collisions: [
            { slug: "on-call", paths: ["ops/On call.md", "ops/on-call.md"], reason: "" },
            { slug: "welcome", paths: ["welcome.md"], reason: "" },
          ],
          failed: [{ path: `guide/${longWord}.md`, reason: "The file is not UTF-8." }],
        },
      },
    }),
  ],
  [
    "setup-pages-imported",
    named,
    setup({
      ...done,
      open: "pages",
      pages: {
        isDone: true,
        imported: {
          created: [{ path: "a.md", slug: "a" }],
          updated: [],
          unchanged: [],
          leftAlone: [{ path: "b.md", slug: "b", reason: "" }],
          failed: [],
          warnings: Array.from({ length: 25 }, (_, index) => ({
            path: `guide/${index}.md`,
            text: "link to ../missing.md, which is neither a file nor a page of the wiki",
          })),
        },
      },
    }),
  ],
  ["setup-people", named, setup({ ...done, open: "people" })],
  [
    "setup-people-invited",
    named,
    setup({
      ...done,
      open: "people",
      people: {
        role: "admin",
        url: "https://wiki.example.org/-/invitation/Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4",
        expiresAt: "2026-03-10T10:00:00Z",
      },
    }),
  ],
  ["setup-used", frame, alreadySetUp({ isSignedIn: false })],
  ["setup-not-allowed", frame, alreadySetUp({ isSignedIn: true })],
];
