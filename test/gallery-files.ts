import { filesOfPage } from "../packages/wiki/src/web/files/files-of-page.tsx";
import { filesOfWiki } from "../packages/wiki/src/web/files/files-of-wiki.tsx";
import { editor, longWord, type Row, visitor } from "./gallery-frames.ts";

const page = {
  id: "5f0c5e7e-7c1e-4a57-9d0b-0d9a3c1b7a11",
  slug: "handbook/office",
  title: "Office",
  archived: false,
};
const fileOf = (name: string, type: string, size = {}) => {
  return { id: page.id, name, type, bytes: 34_567, sha256: "0".repeat(64), ...size };
};
const uploaded = { uploadedAt: "2026-03-03T10:20:30Z", by: "Ada Lovelace" };
const files = [
  { file: fileOf("plan.png", "image/png", { width: 640, height: 480 }), ...uploaded, isUsed: true },
  { file: fileOf(`${longWord}.pdf`, "application/pdf"), uploadedAt: undefined, by: null, isUsed: false },
];
const maxBytes = 50 * 1024 * 1024;
const editBase = `${page.id}.3`;
const listed = files.map(
  ({ isUsed, ...file }) => ({ ...file, page, use: isUsed ? "used" : "unused" }) as const,
);

export const fileScreens: readonly Row[] = [
  ["files", editor, filesOfPage({ page, files, editBase, maxBytes, notice: "1 file uploaded." })],
  ["files-empty", editor, filesOfPage({ page, files: [], editBase, maxBytes })],
  ["files-refused", editor, filesOfPage({ page, files, editBase, maxBytes, error: "Choose a file." })],
  ["files-visitor", visitor, filesOfPage({ page, files, maxBytes })],
  [
    "files-all",
    { ...visitor, current: "pages" },
    filesOfWiki({ files: listed, onlyUnused: false, next: "/-/files" }),
  ],
  ["files-unused", editor, filesOfWiki({ files: listed, onlyUnused: true, next: null })],
  ["files-none", editor, filesOfWiki({ files: [], onlyUnused: false, next: null })],
  ["files-none-unused", editor, filesOfWiki({ files: [], onlyUnused: true, next: null })],
];
