import { resolve } from "node:path";
import { Argument, Command } from "commander";
import { may } from "../application/policy.ts";
import type { Config } from "../config.ts";
import { canonicalSlug } from "../content/slug.ts";
import { SYSTEM } from "../domain/user.ts";
import type { Identity } from "../identity/identity.ts";
import type { ImportOptions, ImportReport } from "../import/import-files.ts";
import { requireExistingDatabase, requirePersistentDatabase } from "./database.ts";
import { CommandFailedError, EXIT, UsageError } from "./errors.ts";
import { progressBar } from "./progress-bar.ts";
import { configOf } from "./settings.ts";
import { type Dependencies, withWiki } from "./wiki.ts";

const AFTER_HELP = `
Each .md, .mdx and .markdown file in SOURCE, a folder or a ZIP archive, becomes a page. Names that begin with a dot, and
node_modules, are skipped. In .mdx, imports, exports and components are left out.

  title  "title" in the front matter, or else the first heading, or else the file's name
  slug   "slug" in the front matter, or else the path: guides/Getting Started.md becomes guides/getting-started.
         index.md and README.md get the slug of their folder; without --under, those at the top become index and readme
  body   the text without title and slug in its front matter. Links to imported files become links to their pages.
         Links to missing files are reported

If several files get one slug, or if a slug belongs to a page that is not from its file, all collisions are listed and
nothing is imported.

A repeated import stores events only for changes, also after an interruption. A page is found by the path of its file,
also if its slug was changed, and by SOURCE. If the folder was moved, pass --source with its former path; with --source
NAME from the start, its place does not matter. Files written by "palimpsest export" are found by the page in their
front matter.

Edits in the wiki are never overwritten: if only the page changed, it is left alone; if the title or the body changed in
the file and in the wiki, the file fails. With --overwrite, the file replaces the page's text, and the history keeps
both. Deleting a file does not delete its page.

Exit code 1: there are collisions and nothing was imported, or some files failed and all others were imported.

Examples:
  $ palimpsest import docs
  $ palimpsest import docs --dry-run
  $ palimpsest import handbook.zip --under handbook --as ada@example.org
  $ palimpsest import docs --json | jq .failed`;

interface Options {
  readonly under?: string;
  readonly source?: string;
  readonly as?: string;
  readonly dryRun?: true;
  readonly overwrite?: true;
  readonly json?: true;
}

export function importCommand(dependencies: Dependencies, setExitCode: (exitCode: number) => void): Command {
  return new Command("import")
    .description("Create or update pages from Markdown files.")
    .addArgument(new Argument("<source>", "the folder or ZIP archive of the files"))
    .option("--under <slug>", "the slug below which the pages are created")
    .option(
      "--source <name>",
      "the name by which a repeated import finds its pages; default: the path of SOURCE",
    )
    .option("--as <email>", "the author of the edits, an editor or administrator; default: the system")
    .option("--dry-run", "only report what would change")
    .option("--overwrite", "let files replace text that was written in the wiki")
    .option("--json", "print the report as JSON")
    .addHelpText("after", AFTER_HELP)
    .action(async (source: string, options: Options, command: Command) => {
      const startedAt = performance.now();
      const report = await importInto(resolve(source), options, configOf(command), dependencies);
      const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(2));
      if (options.json) process.stdout.write(`${JSON.stringify({ ...report, seconds })}\n`);
      else printReport(report, seconds, options.dryRun === true);
      if (report.failed.length + report.collisions.length > 0) setExitCode(EXIT.failed);
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
  const [{ importFiles }, { openSource }] = await Promise.all([
    import("../import/import-files.ts"),
    import("../import/open-source.ts"),
  ]);
  const under = options.under === undefined ? undefined : requireSlug("--under", options.under);
  const source = await openSource(path, options.source);
  const bar = options.json ? undefined : progressBar("files");
  const importing = {
    under,
    overwrite: options.overwrite === true,
    dryRun: options.dryRun === true,
    onProgress: (done: number, total: number) => bar?.update(done, total),
  } satisfies Partial<ImportOptions>;
  try {
    // A dry run must not create the database.
    if (importing.dryRun && !(await database.exists())) {
      return await importFiles(source, undefined, { ...importing, userId: SYSTEM });
    }
    return await withWiki(dependencies, config, async ({ content, identity }) =>
      importFiles(source, content, { ...importing, userId: await authorOf(options.as, identity) }),
    );
  } finally {
    bar?.stop();
    await source.close();
  }
}

/** @throws UsageError */
function requireSlug(option: string, text: string): string {
  try {
    return canonicalSlug(text.replace(/^\/+|\/+$/g, ""));
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`, { cause: error });
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

/** Limits the output, since a folder can have thousands of dead links. */
const MAX_WARNINGS = 20;

function printReport(report: ImportReport, seconds: number, isDryRun: boolean): void {
  const { files, created, updated, unchanged, leftAlone, failed, collisions, warnings } = report;
  const lines = [
    ...warnings.slice(0, MAX_WARNINGS).map(({ path, text }) => `warning: ${path}: ${text}`),
    ...(warnings.length > MAX_WARNINGS
      ? [`… and ${warnings.length - MAX_WARNINGS} more warnings; --json prints all`]
      : []),
    ...leftAlone.map(({ path, reason }) => `left alone: ${path}: ${reason}`),
    ...failed.map(({ path, reason }) => `failed: ${path}: ${reason}`),
    ...collisions.map(({ slug, paths, reason }) => `collision: ${slug}: ${paths.join(", ")}: ${reason}`),
    ...(collisions.length > 0
      ? ['Nothing was imported. Set "slug" in the front matter of these files, or use --under.']
      : []),
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
