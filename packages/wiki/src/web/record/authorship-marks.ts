import type { AuthoredPage, VersionAttribution } from "../../application/page-record.ts";
import type { MarkdownBlock } from "../../content/article.ts";
import type { AttributedPiece, SourcePart } from "../../content/rendered-authorship.ts";
import type { UserId } from "../../domain/user.ts";
import type { TaskRunner } from "../../workers/task-runner.ts";

/** Undefined if the version's author is not known (yet). */
export type Author = UserId | null | undefined;

type Attributions = ReadonlyMap<number, VersionAttribution>;

export interface AuthorShare {
  readonly author: Author;
  /** In UTF-16 code units. */
  readonly units: number;
}

/** Returns the share of each author, largest first. */
export function sharesOf(runs: AuthoredPage["runs"], attributions: Attributions): readonly AuthorShare[] {
  const units = new Map<Author, number>();
  for (const { text, version } of runs) {
    const author = attributions.get(version)?.userId;
    units.set(author, (units.get(author) ?? 0) + text.length);
  }
  return [...units]
    .map(([author, units]) => ({ author, units }))
    .sort((one, other) => other.units - one.units);
}

/** A block of a rendered page with the authors of its source. */
export interface AuthoredBlock {
  readonly html: string;
  /** The HTML in pieces, each with another writer than the one before; undefined if they cannot be determined. */
  readonly pieces: readonly AttributedPiece[] | undefined;
  readonly author: Author;
  /** The other authors, largest share first. */
  readonly others: readonly Author[];
  /** The last version that changed it; null for a block without source. */
  readonly lastVersion: number | null;
}

/** Assigns the runs of a page's source to its blocks, and their words to authors. */
export async function authoredBlocks(
  blocks: readonly MarkdownBlock[],
  runs: AuthoredPage["runs"],
  attributions: Attributions,
  workers: TaskRunner,
  signal?: AbortSignal,
): Promise<readonly AuthoredBlock[]> {
  const sources = sourcesOf(blocks, runs);
  const authors = new Map([...attributions].map(([version, { userId }]) => [version, userId]));
  const task = { blocks: blocks.map(({ html }, index) => ({ html, source: sources[index] ?? [] })), authors };
  const pieces = await workers.run("attributeBlocks", task, signal);
  return blocks.map(({ html }, index) => {
    return authoredBlock(html, pieces[index], sources[index] ?? [], attributions);
  });
}

/** Returns the parts of the source that each block was made from. */
function sourcesOf(
  blocks: readonly MarkdownBlock[],
  runs: AuthoredPage["runs"],
): readonly (readonly SourcePart[])[] {
  let start = 0;
  const starts = runs.map(({ text }) => {
    start += text.length;
    return start - text.length;
  });
  return blocks.map((block) => {
    const source: SourcePart[] = [];
    for (let index = lastAtOrBefore(starts, block.start); (starts[index] ?? block.end) < block.end; index++) {
      const [run, at] = [runs[index], starts[index] ?? 0];
      const text = run?.text.slice(Math.max(0, block.start - at), block.end - at) ?? "";
      if (run !== undefined && text !== "") source.push({ text, version: run.version });
    }
    return source;
  });
}

/** Returns the index of the last number that is at most `limit`, by binary search, or 0. */
function lastAtOrBefore(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle;
    else high = middle;
  }
  return low;
}

function authoredBlock(
  html: string,
  pieces: readonly AttributedPiece[] | undefined,
  source: readonly SourcePart[],
  attributions: Attributions,
): AuthoredBlock {
  // Blank lines between blocks do not count as a part of a block.
  const within = source.filter(({ text }) => text.trim() !== "");
  const [author, ...others] = sharesOf(within, attributions).map(({ author }) => author);
  return {
    html,
    pieces,
    author,
    others,
    lastVersion: within.reduce<number | null>((last, { version }) => Math.max(last ?? 0, version), null),
  };
}
