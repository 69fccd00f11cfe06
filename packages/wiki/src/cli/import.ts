import { resolve } from "node:path";
import { SingleBar } from "cli-progress";
import { Argument, Command } from "commander";
import { may } from "../application/policy.ts";
import type { Config } from "../config.ts";
import { SYSTEM } from "../domain/user.ts";
import type { Identity } from "../identity/identity.ts";
import type { ImportOptions, ImportReport } from "../import/import-folder.ts";
import type { FolderPages } from "../import/read-files.ts";
import { requireExistingDatabase, requirePersistentDatabase } from "./database.ts";
import { CommandFailedError, EXIT } from "./errors.ts";
import { configOf } from "./settings.ts";
import { type Dependencies, withWiki } from "./wiki.ts";

const AFTER_HELP = `
Each .md and .markdown file below FOLDER becomes a page. Names that begin with a dot, and node_modules, are skipped.

  title  "title" in the front matter, or else the first heading, or else the file's name
  slug   "slug" in the front matter, or else the path: guides/Getting Started.md becomes guides/getting-started.
         README.md and index.md get the slug of their folder; in FOLDER itself, readme and index
  body   the file without its front matter. Links to imported files become links to their pages. Links to other
         files stay unchanged and are reported

A repeated import stores events only for changes, also after an interruption. A page is found by its file's path
in FOLDER, also if its slug was changed. Edits in the wiki are never overwritten: if only the page changed, it is left
alone; if the title or the body changed in the file and in the wiki, the file fails. With --overwrite, the file
replaces the page's text, and the history keeps both. Deleting a file does not delete its page. If two files have
the same slug, the second fails.

Exit code 1: some files failed; all others were imported.

Examples:
  $ palimpsest import docs
  $ palimpsest import docs --dry-run
  $ palimpsest import handbook --as ada@example.org
  $ palimpsest import docs --json | jq .failed`;

interface Options {
  readonly as?: string;
  readonly dryRun?: true;
  readonly overwrite?: true;
  readonly json?: true;
}

export function importCommand(dependencies: Dependencies, setExitCode: (exitCode: number) => void): Command {
  return new Command("import")
    .description("Create or update pages from a folder of Markdown files.")
    .addArgument(new Argument("<folder>", "the folder of the files"))
    .option("--as <email>", "the author of the edits, an editor or administrator; default: the system")
    .option("--dry-run", "only report what would change")
    .option("--overwrite", "let files replace text that was written in the wiki")
    .option("--json", "print the report as JSON")
    .addHelpText("after", AFTER_HELP)
    .action(async (folder: string, options: Options, command: Command) => {
      const startedAt = performance.now();
      const report = await importInto(resolve(folder), options, configOf(command), dependencies);
      const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(2));
      if (options.json) process.stdout.write(`${JSON.stringify({ ...report, seconds })}\n`);
      else printReport(report, seconds, options.dryRun === true);
      if (report.failed.length > 0) setExitCode(EXIT.failed);
    });
}

async function importInto(
  path: string,
  options: Options,
  config: Config,
  dependencies: Dependencies,
): Promise<ImportReport> {
  // An author has an account, so the database must exist.
  const database = await (options.as === undefined
    ? requirePersistentDatabase(config)
    : requireExistingDatabase(config));
  // Other commands start faster without these.
  const [{ importFolder }, { readFolder }] = await Promise.all([
    import("../import/import-folder.ts"),
    import("../import/read-files.ts"),
  ]);
  const folder = await readFolder(path);
  const bar = progressBar(folder, options);
  const importing = {
    overwrite: options.overwrite === true,
    dryRun: options.dryRun === true,
    onProgress: (done: number) => bar?.update(done),
  } satisfies Partial<ImportOptions>;
  try {
    // A dry run must not create the database.
    if (importing.dryRun && !(await database.exists())) {
      return await importFolder(folder, undefined, { ...importing, userId: SYSTEM });
    }
    return await withWiki(dependencies, config, async ({ content, identity }) =>
      importFolder(folder, content, { ...importing, userId: await authorOf(options.as, identity) }),
    );
  } finally {
    bar?.stop();
  }
}

async function authorOf(email: string | undefined, identity: Identity): Promise<string> {
  if (email === undefined) return SYSTEM;
  const person = await identity.findPersonByEmail(email);
  if (person === null) {
    throw new CommandFailedError(
      `--as is ${JSON.stringify(email)}; expected the e-mail address of an account.`,
    );
  }
  if (!may(person, "write", { publicReading: true })) {
    throw new CommandFailedError(
      `--as is ${JSON.stringify(email)}, who is a ${person.role}; expected an editor or administrator.`,
    );
  }
  return person.id;
}

function progressBar({ pages }: FolderPages, { json }: Options): SingleBar | undefined {
  if (json || !process.stderr.isTTY) return undefined;
  const bar = new SingleBar({
    format: "{bar} {value} of {total} files, {eta_formatted} left",
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: null,
  });
  bar.start(pages.length, 0);
  return bar;
}

/** Limits the output, since a folder can have thousands of dead links. */
const MAX_WARNINGS = 20;

function printReport(report: ImportReport, seconds: number, isDryRun: boolean): void {
  const { files, created, updated, unchanged, leftAlone, failed, warnings } = report;
  const lines = [
    ...warnings.slice(0, MAX_WARNINGS).map(({ path, text }) => `warning: ${path}: ${text}`),
    ...(warnings.length > MAX_WARNINGS
      ? [`… and ${warnings.length - MAX_WARNINGS} more warnings; --json prints all`]
      : []),
    ...leftAlone.map(({ path, reason }) => `left alone: ${path}: ${reason}`),
    ...failed.map(({ path, reason }) => `failed: ${path}: ${reason}`),
  ];
  if (lines.length > 0) process.stderr.write(`${lines.join("\n")}\n`);
  const counts = [
    `${created.length} created`,
    `${updated.length} updated`,
    `${unchanged.length} unchanged`,
    `${leftAlone.length} left alone`,
    `${failed.length} failed`,
  ];
  const summary = `${files} ${files === 1 ? "file" : "files"}: ${counts.join(", ")} (${seconds} s)`;
  process.stdout.write(`${isDryRun ? "Dry run: " : ""}${summary}\n`);
}
