import { posix } from "node:path";
import { stringify } from "yaml";
import type { PageDetails } from "../application/pages.ts";
import { fileIdsIn } from "../content/file-addresses.ts";
import { MAX_MARKDOWN_UNITS } from "../content/markdown-parser.ts";
import { addressInWiki, pageLinkFrom } from "../content/wiki-links.ts";
import { nameKey, type PageFile } from "../domain/page-files.ts";
import { replaceDestinations, type WrittenLink, writtenDestination } from "../import/link-destinations.ts";
import { type LinkTargets, pathAsDestination } from "../import/link-targets.ts";

/** Where the pages and files of an export are. */
export interface ExportedPaths {
  readonly pathOfSlug: ReadonlyMap<string, string>;
  /** By the ids of files. */
  readonly pathOfFile: ReadonlyMap<string, string>;
  /** The targets of links when the export is imported. */
  readonly targets: LinkTargets;
}

/** With more unchanged links, an export changes no links, so that the front matter stays short. */
const MAX_UNCHANGED_LINKS = 1_000;
/** In UTF-16 code units; the import reads front matter of up to 16,384. */
const MAX_FILE_NAMES = 8_000;

export interface ExportedText {
  readonly text: string;
  readonly warnings: readonly string[];
}

/**
 * Returns the Markdown file of a page: its fields in the front matter, then its text. Links to pages and files become
 * relative paths, if an import turns them back into the same text.
 */
export function exportedText(page: PageDetails, path: string, paths: ExportedPaths): ExportedText {
  const { body, unchangedLinks } = withRelativeLinks(page, path, paths);
  const warnings: string[] = [];
  const files: Record<string, string> = {};
  let units = 0;
  for (const { id, name } of page.files) {
    const exportedName = posix.basename(paths.pathOfFile.get(id) ?? "");
    if (exportedName === name) continue;
    units += name.length + exportedName.length + 10;
    if (units > MAX_FILE_NAMES) warnings.push(`the file ${name} was exported as ${exportedName}`);
    else files[exportedName] = name;
  }
  const fields = {
    title: page.title,
    slug: page.slug,
    palimpsest: {
      page: page.id,
      version: page.version,
      ...(unchangedLinks.length === 0 ? {} : { unchangedLinks }),
      ...(Object.keys(files).length === 0 ? {} : { files }),
    },
  };
  const yaml = stringify(fields, { lineWidth: 0, flowCollectionPadding: false, collectionStyle: "block" });
  return { text: `---\n${yaml}---\n${body}`, warnings };
}

interface RelativeLinks {
  readonly body: string;
  readonly unchangedLinks: "all" | readonly number[];
}

function withRelativeLinks(page: PageDetails, path: string, paths: ExportedPaths): RelativeLinks {
  const { body } = page;
  if (body.length > MAX_MARKDOWN_UNITS) return { body, unchangedLinks: [] };
  const unchanged: number[] = [];
  let number = -1;
  const changed = replaceDestinations(body, (link) => {
    number += 1;
    const replacement = replacementOf(link, page, path, paths);
    if (replacement === undefined && isChangedByImport(link, path, paths)) unchanged.push(number);
    return replacement;
  });
  if (unchanged.length > MAX_UNCHANGED_LINKS) return { body, unchangedLinks: "all" };
  return { body: changed, unchangedLinks: unchanged };
}

function isChangedByImport({ destination }: WrittenLink, path: string, { targets }: ExportedPaths): boolean {
  const { kind } = targets.of(path, destination);
  return kind === "page" || kind === "file";
}

function replacementOf(
  link: WrittenLink,
  page: PageDetails,
  path: string,
  paths: ExportedPaths,
): string | undefined {
  const { destination, written } = link;
  const folder = posix.dirname(path);
  const [fileId] = destination.startsWith("/-/files/") ? fileIdsIn(destination, 1) : [];
  if (fileId !== undefined) {
    // The address of a file has an id of this wiki, so the import names the file instead.
    const file = paths.pathOfFile.get(fileId);
    return file === undefined ? undefined : pathAsDestination(posix.relative(folder, file));
  }
  const file = fileNamed(destination, page.files);
  if (file !== undefined) {
    const isReversible = writtenDestination(link, pathAsDestination(file.name)) === written;
    const filePath = paths.pathOfFile.get(file.id);
    return isReversible && filePath !== undefined
      ? pathAsDestination(posix.relative(folder, filePath))
      : undefined;
  }
  const pageLink = pageLinkFrom(addressInWiki(destination, { slug: page.slug }));
  const target = pageLink && paths.pathOfSlug.get(pageLink.names[0] ?? "");
  if (pageLink === undefined || target === undefined) return undefined;
  const relative = pathAsDestination(posix.relative(folder, target)) + pageLink.suffix;
  const back = paths.targets.of(path, relative);
  return back.kind === "page" && writtenDestination(link, back.address) === written ? relative : undefined;
}

/** Returns the file of the page that a destination names. */
function fileNamed(destination: string, files: readonly PageFile[]): PageFile | undefined {
  if (files.length === 0 || /[/?#:]/.test(destination)) return undefined;
  let name = destination;
  try {
    name = decodeURIComponent(destination);
  } catch {
    // The name is not percent-encoded.
  }
  return files.find((file) => nameKey(file.name) === nameKey(name));
}
