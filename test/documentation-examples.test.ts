// Compiles and runs the examples of the documentation.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ExampleProgram, examplesOf } from "./documentation-examples.ts";
import type {} from "./global-setup.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = promisify(execFile);

const pages = [
  "README.md",
  "packages/eventsourcing/README.md",
  ...readdirSync(join(root, "docs/library"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/library/${name}`),
];
const programs = pages.flatMap((page) => examplesOf(root, page));
const isTest = ({ entry }: ExampleProgram) => entry.endsWith(".test.ts");
const isRun = (program: ExampleProgram) => program.output !== undefined && !isTest(program);
/** A page may change a file before the files that import it, so only its last state must compile. */
const isCompiled = (program: ExampleProgram) =>
  isRun(program) ||
  isTest(program) ||
  program.files === programs.findLast(({ page }) => page === program.page)?.files;

let folder = "";
const results = new Map<ExampleProgram, { readonly output: string; readonly error?: string }>();

/** Programs of a page run in one folder, because they share databases. */
const pageFolder = ({ page }: ExampleProgram) => join(folder, page.replace(/\W+/g, "-"));

/** The database of the examples that use PostgreSQL. */
const databaseName = `examples_${randomUUID().replaceAll("-", "")}`;

async function createDatabase(): Promise<string> {
  await query(`CREATE DATABASE ${databaseName}`);
  const url = new URL(inject("postgresUrl"));
  url.pathname = `/${databaseName}`;
  return url.href;
}

const dropDatabase = () => query(`DROP DATABASE IF EXISTS ${databaseName} WITH (FORCE)`);

async function query(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const sourceFolders = new Map<ReadonlyMap<string, string>, string>();

function fileOf(program: ExampleProgram): string {
  return join(sourceFolders.get(program.files) ?? "", program.entry);
}

beforeAll(async () => {
  // Inside the repository, where imports find the packages.
  await mkdir(join(root, ".cache"), { recursive: true });
  folder = await mkdtemp(join(root, ".cache", "examples-"));
  const compilerOptions = { noEmit: true, composite: false, rootDir: "." };
  const tsconfig = { extends: "../../tsconfig.base.json", compilerOptions, files: [] as string[] };
  for (const program of programs) {
    if (sourceFolders.has(program.files)) continue;
    const sources = join(pageFolder(program), `sources-${sourceFolders.size + 1}`);
    sourceFolders.set(program.files, sources);
    await mkdir(sources, { recursive: true });
    for (const [name, code] of program.files) await writeFile(join(sources, name), code);
  }
  tsconfig.files = [...new Set(programs.filter(isCompiled).map(fileOf))];
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  const executed = programs.filter(isRun);
  const list = executed.map((program) => ({ file: fileOf(program), cwd: pageFolder(program) }));
  const [input, output] = [join(folder, "programs.json"), join(folder, "outputs.json")];
  await writeFile(input, JSON.stringify(list));
  const env = { ...process.env, DATABASE_URL: await createDatabase() };
  await run(
    process.execPath,
    ["--import", "tsx", join(root, "test/fixtures/run-examples.mjs"), input, output],
    {
      env,
    },
  );
  const outputs = JSON.parse(readFileSync(output, "utf8"));
  executed.forEach((program, index) => {
    results.set(program, outputs[index]);
  });
});

afterAll(async () => {
  await dropDatabase();
  await rm(folder, { recursive: true, force: true });
});

describe("the TypeScript of the documentation", () => {
  it("compiles with strict options", async () => {
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = await run(process.execPath, [compiler, "-p", folder]).catch((error) => error);
    expect(stdout).toBe("");
  });

  const named = (list: readonly ExampleProgram[]) =>
    list.map((program) => ({ program, name: `${program.page}:${program.line}` }));

  it.each(named(programs.filter(isRun)))("prints the output on the page: $name", ({ program }) => {
    const { output, error } = results.get(program) ?? { output: "", error: "The program was not run." };
    expect(error).toBe(undefined);
    expect(output).toBe(program.output);
  });

  it.each(named(programs.filter(isTest)))("passes as a test: $name", async ({ program }) => {
    const arguments_ = ["--import", "tsx", "--test", fileOf(program)];
    const { stdout } = await run(process.execPath, arguments_, { cwd: pageFolder(program) });
    expect(stdout).toMatch(/^. fail 0$/m);
    expect(stdout).not.toMatch(/^. pass 0$/m);
  });
});
