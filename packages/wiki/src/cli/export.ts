import { resolve } from "node:path";
import { Argument, Command } from "commander";
import type { Config } from "../config.ts";
import { parseInstant } from "../content/instant.ts";
import type { ExportReport } from "../export/export-pages.ts";
import { requireExistingDatabase } from "./database.ts";
import { EXIT, UsageError } from "./errors.ts";
import { progressBar } from "./progress-bar.ts";
import { configOf } from "./settings.ts";
import { type Dependencies, withWiki } from "./wiki.ts";

const AFTER_HELP = `
Each page becomes a Markdown file with its title, slug, id and version in the front matter. The page guides/intro becomes
guides/intro.md, and its files are in guides/intro.files. Slugs that some file systems refuse get other paths. Links
between pages and to files become relative paths, if an import can restore them. Archived pages are not exported.

"palimpsest import FOLDER" takes the files back: into this wiki as changes of their pages, or into another wiki as the same
pages. FOLDER must not exist, or must be empty.

Exit code 1: the bytes of some files are missing; everything else was exported.

Examples:
  $ palimpsest export wiki
  $ palimpsest export wiki-in-march --at 2026-03-31
  $ palimpsest export wiki --json | jq .warnings`;

interface Options {
  readonly at?: string;
  readonly json?: true;
}

export function exportCommand(dependencies: Dependencies, setExitCode: (exitCode: number) => void): Command {
  return new Command("export")
    .description("Write all pages to a folder as Markdown, with their files.")
    .addArgument(new Argument("<folder>", "the folder to create"))
    .option("--at <date>", "the date at which the wiki is read; default: now")
    .option("--json", "print the report as JSON")
    .addHelpText("after", AFTER_HELP)
    .action(async (folder: string, options: Options, command: Command) => {
      const startedAt = performance.now();
      const report = await exportTo(resolve(folder), options, configOf(command), dependencies);
      const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(2));
      if (options.json) process.stdout.write(`${JSON.stringify({ ...report, seconds })}\n`);
      else printReport(report, resolve(folder), seconds);
      if (report.missingFiles > 0) setExitCode(EXIT.failed);
    });
}

async function exportTo(
  folder: string,
  { at, json }: Options,
  config: Config,
  dependencies: Dependencies,
): Promise<ExportReport> {
  const instant = at === undefined ? undefined : parseInstant(at);
  if (at !== undefined && instant === undefined) {
    throw new UsageError(
      `--at is ${JSON.stringify(at)}; expected a date such as 2026-03-31 or 2026-03-31T12:00:00Z.`,
    );
  }
  await requireExistingDatabase(config);
  const [{ exportPages }, { folderTarget }] = await Promise.all([
    import("../export/export-pages.ts"),
    import("../export/folder-target.ts"),
  ]);
  const target = await folderTarget(folder);
  const bar = json ? undefined : progressBar("pages");
  try {
    return await withWiki(dependencies, config, async ({ content }) =>
      exportPages(content, target, {
        at: instant && (await content.record.positionAt(instant)),
        onProgress: (done, total) => bar?.update(done, total),
      }),
    );
  } finally {
    bar?.stop();
  }
}

function printReport({ pages, files, warnings }: ExportReport, folder: string, seconds: number): void {
  for (const { path, text } of warnings) process.stderr.write(`warning: ${path}: ${text}\n`);
  const counts = `${counted(pages, "page")} and ${counted(files, "file")}`;
  process.stdout.write(`${folder}: ${counts} (${seconds} s)\n`);
}

function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}
