import { resolve } from "node:path";
import { SingleBar } from "cli-progress";
import { Argument, Command } from "commander";
import { may } from "../../application/policy.ts";
import type { Config } from "../../config.ts";
import { SYSTEM } from "../../domain/user.ts";
import type { Identity } from "../../identity/identity.ts";
import { requireDatabase, requireStored } from "../database.ts";
import { CommandFailedError, EXIT } from "../errors.ts";
import { configOf } from "../settings.ts";
import { type Dependencies, withWiki } from "../wiki.ts";
import { type ImportOptions, type ImportReport, importFolder } from "./import-folder.ts";
import { type FolderPages, readFolder } from "./read-files.ts";

const AFTER_HELP = `
Every .md and .markdown file below FOLDER becomes one page; what begins with a dot, and node_modules, is passed over.

  title  "title" in the front matter, else the first heading, else the file's name
  slug   "slug" in the front matter, else the path: guides/Getting Started.md is guides/getting-started;
         README.md and index.md are their folder's page, guides, and at the top they are readme and index
  body   the file without its front matter; links to other imported files lead to their pages, and links to
         what is not imported stay as they are and are reported

Run it again, as often as you like and also after it was interrupted: it stores events only for what changed.
A file is known by its path in FOLDER, also when its page was renamed. What people changed in the wiki is never
taken back: a page changed only there is left alone; one changed in the file too is reported as failed, unless
the one changed its title and the other its body. With --overwrite the file wins; the record keeps both. Files that
are gone leave their pages. Of two files with one slug the first is imported and the other reported. A page's
events are stored together; new pages are listed in the order of their paths.

Exit code 1: some files became no page or could not update theirs; the others did.

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

export function importCommand(dependencies: Dependencies, endWith: (exitCode: number) => void): Command {
  return new Command("import")
    .description("Make pages of a folder of Markdown files, or bring them up to date.")
    .addArgument(new Argument("<folder>", "where the files are"))
    .option("--as <email>", "who the author is: an editor or administrator; without a name the system is")
    .option("--dry-run", "only say what would be done")
    .option("--overwrite", "let files win over what was changed in the wiki, or written there at their slugs")
    .option("--json", "print the report as JSON")
    .addHelpText("after", AFTER_HELP)
    .action(async (folder: string, options: Options, command: Command) => {
      const startedAt = performance.now();
      const report = await importInto(resolve(folder), options, configOf(command), dependencies);
      const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(2));
      if (options.json) process.stdout.write(`${JSON.stringify({ ...report, seconds })}\n`);
      else printReport(report, seconds, options.dryRun === true);
      if (report.failed.length > 0) endWith(EXIT.failed);
    });
}

async function importInto(
  path: string,
  options: Options,
  config: Config,
  dependencies: Dependencies,
): Promise<ImportReport> {
  // An author has an account, and so a database.
  const database = await (options.as === undefined ? requireStored(config) : requireDatabase(config));
  const folder = await readFolder(path);
  const bar = progressBar(folder, options);
  const importing = {
    overwrite: options.overwrite === true,
    dryRun: options.dryRun === true,
    onProgress: (done: number) => bar?.update(done),
  } satisfies Partial<ImportOptions>;
  try {
    // A rehearsal must not make the database that is not there.
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
      `--as is ${JSON.stringify(email)}; expected the e-mail of someone with an account.`,
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

/** A folder can have thousands of dead links, which would push what matters off the screen. */
const WARNINGS_SHOWN = 20;

function printReport(report: ImportReport, seconds: number, isRehearsal: boolean): void {
  const { files, created, updated, unchanged, leftAlone, failed, warnings } = report;
  const remarks = [
    ...warnings.slice(0, WARNINGS_SHOWN).map(({ path, text }) => `warning: ${path}: ${text}`),
    ...(warnings.length > WARNINGS_SHOWN
      ? [`… and ${warnings.length - WARNINGS_SHOWN} more warnings; --json has them all`]
      : []),
    ...leftAlone.map(({ path, reason }) => `left alone: ${path}: ${reason}`),
    ...failed.map(({ path, reason }) => `failed: ${path}: ${reason}`),
  ];
  if (remarks.length > 0) process.stderr.write(`${remarks.join("\n")}\n`);
  const counts = [
    `${created.length} created`,
    `${updated.length} updated`,
    `${unchanged.length} unchanged`,
    `${leftAlone.length} left alone`,
    `${failed.length} failed`,
  ];
  const summary = `${files} files: ${counts.join(", ")} (${seconds} s)`;
  process.stdout.write(`${isRehearsal ? "Nothing was stored; it would be " : ""}${summary}\n`);
}
