// Packs both packages, installs the tarballs in empty projects, and runs the examples of the READMEs and the guides there.
// Starts the wiki from a clone of the repository. Prints a line for each case, and exits with 1 if one fails. Needs the registry and runs with tsx. With `--keep` the
// projects stay in the temporary folder that the first line names.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { examplesOf } from "../test/documentation-examples.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const keep = process.argv.includes("--keep");
const work = mkdtempSync(join(tmpdir(), "palimpsest-packages-"));
if (keep) console.log(work);
// The runtimes keep their caches inside the folder, and a project must not find the repository's configuration.
const environment = {
  ...process.env,
  DENO_DIR: join(work, "deno"),
  DENO_NO_UPDATE_CHECK: "1",
  NO_COLOR: "1",
};
for (const name of Object.keys(environment))
  if (/^(npm_|NODE_OPTIONS$|PALIMPSEST_)/.test(name)) delete environment[name];

let failures = 0;

/** Runs a case and prints its line. Resolves to whether it passed. */
async function check(name, run) {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`.padStart(7);
  try {
    await run();
    console.log(`ok   ${seconds()}  ${name}`);
    return true;
  } catch (error) {
    failures += 1;
    console.log(`FAIL ${seconds()}  ${name}\n${String(error?.message ?? error).replace(/^/gm, "       ")}`);
    return false;
  }
}

/** Resolves to the output of a program. Rejects with all that it wrote if it fails or exceeds the time. */
async function execute(command, args, cwd, { timeout = 300_000 } = {}) {
  const options = { cwd, env: environment, timeout, maxBuffer: 1e8 };
  const windows = process.platform === "win32";
  const { stdout } = await promisify(execFile)(command, args, { ...options, shell: windows }).catch(
    (error) => {
      throw new Error(`${command} ${args.join(" ")}\n${error.stdout ?? ""}${error.stderr || error.message}`);
    },
  );
  return stdout;
}

function expect(condition, message) {
  if (!condition) throw new Error(message);
}

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

function filesIn(folder, ending) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Returns the programs of a page that are one file, need no server and say what they print. */
function programsOf(page) {
  return examplesOf(root, page).flatMap(({ entry, files, line, output }) => {
    const code = files.get(entry);
    const whole = !code.includes('eventsourcing/postgres"') && !/from "\.\.?\//.test(code);
    if (output === undefined || !whole || !entry.startsWith("program-")) return [];
    return [
      {
        name: `${page.replace(/\W+/g, "-")}-${line}`,
        code,
        output,
        decorators: /^\s*@\w+\(/m.test(code),
        drivers: code.includes('eventsourcing/sqlite"'),
        // Bun prints other fields of class instances.
        instances: /^[A-Z]\w* \{/m.test(output),
      },
    ];
  });
}

/** The block of a page of the given language that mentions something. */
function blockOf(path, language, mention) {
  const blocks = readFileSync(path, "utf8").matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm);
  const found = [...blocks].find((block) => block[1] === language && block[2].includes(mention));
  expect(found !== undefined, `${path} has no block of ${language} with ${mention}`);
  return found[2];
}

// --- Tarballs and projects

const tarballs = {};

async function pack(folder) {
  const output = await execute("npm", ["pack", "--json", "--pack-destination", work], join(root, folder));
  const [{ name, filename }] = [JSON.parse(output.slice(output.search(/^[[{]/m)))].flatMap((packed) =>
    Array.isArray(packed) ? packed : Object.values(packed),
  );
  tarballs[name] = join(work, filename);
}

/** Makes an empty project and installs packages in it. npm 12 runs install scripts only where they are allowed. */
async function install(project, packages, { scripts = [], flags = [] } = {}) {
  const folder = join(work, project);
  mkdirSync(folder);
  const allowScripts = Object.fromEntries(scripts.map((name) => [name, true]));
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, type: "module", allowScripts }),
  );
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  await execute("npm", ["install", ...quiet, ...flags, ...packages], folder);
}

const modules = (project) => join(work, project, "node_modules");
const installed = (project, name) => existsSync(join(modules(project), name));
const script = (project, path) => join(modules(project), path);

function writeProject(project, files) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(work, project, name), text);
}

/** Runs an example in a folder of its own below its project, since examples write databases. */
async function runExample(project, example, command, args, file) {
  const folder = mkdtempSync(join(work, project, "run-"));
  const output = await execute(command, [...args, join(work, project, file)], folder, { timeout: 60_000 });
  // Bun and Deno break lines and quote strings elsewhere, and write what is concurrent in another order. `npm test`
  // compares exactly.
  const plain = (text) =>
    text
      .match(/[\w.-]+/g)
      ?.sort()
      .join(" ");
  expect(
    plain(output) === plain(example.output),
    `${example.name} printed\n${output}instead of\n${example.output}`,
  );
}

// --- Cases

const node = process.execPath;
const current = `Node ${process.versions.node.split(".")[0]}`;
const runtime = (name) => script("tools", `.bin/${name}`);
let examples = [];

/** Runs the chosen examples, as many at once as the machine has processors, so that none exceeds its time by waiting. */
async function inAll(chosen, run) {
  expect(chosen.length > 0, "There is no such example.");
  const queue = chosen.values();
  const worker = async () => {
    for (const example of queue) await run(example);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

const OPTIONS = {
  nodenext: { module: "nodenext", outDir: "compiled" },
  bundler: { module: "esnext", moduleResolution: "bundler", noEmit: true },
};

/** Type-checks every file of a project, the declarations of its packages too, as strictly as TypeScript can. */
async function compile(project, resolution, files) {
  const compilerOptions = {
    ...{ target: "es2022", types: ["node"] },
    ...{
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
    },
    ...OPTIONS[resolution],
  };
  const config = `tsconfig.${resolution}.json`;
  writeProject(project, { [config]: JSON.stringify({ compilerOptions, files }) });
  await execute(node, [script("project", "typescript/bin/tsc"), "-p", config], join(work, project));
}

async function checkProject() {
  const names = examples.map(({ name }) => `${name}.ts`);
  const compiled = check("tsc with nodenext compiles every example", () =>
    compile("project", "nodenext", names),
  );
  await Promise.all([
    compiled,
    check("tsc with bundler resolution compiles every example", () => compile("project", "bundler", names)),
    check("tsx runs every example of the core", () =>
      inAll(core(), (example) =>
        runExample("project", example, node, [script("project", "tsx/dist/cli.mjs")], `${example.name}.ts`),
      ),
    ),
    check("vitest runs decorators with the plugin that the README names", async () => {
      const versions = ["vitest", "vite"].map(
        (name) => readJson(script("project", `${name}/package.json`)).version,
      );
      const output = await execute(
        node,
        [script("project", "vitest/vitest.mjs"), "run"],
        join(work, "project"),
      );
      expect(/Tests\s+1 passed/.test(output), `vitest ${versions[0]} with vite ${versions[1]}:\n${output}`);
    }),
  ]);
  await check(`${current} runs every compiled example of the core`, () =>
    inAll(core(), (example) => runExample("project", example, node, [], `compiled/${example.name}.js`)),
  );
}

const sqlite = () => examples.filter(({ drivers }) => drivers);
const core = () => examples.filter(({ drivers }) => !drivers);
const withoutDecorators = () => core().filter(({ decorators }) => !decorators);

async function checkCore() {
  await check("the core and specification need no optional peer", () => {
    const present = readdirSync(modules("core")).filter((name) => !name.startsWith("."));
    const expected = [
      "@palimpsest",
      "@standard-schema",
      "@types",
      "lru-cache",
      "undici-types",
      "uuid",
      "zod",
    ];
    expect(present.sort().join() === expected.join(), `installed are ${present.join(", ")}`);
    const code = `for (const entry of ["", "/memory", "/specification", "/testing"])
      await import("@palimpsest/eventsourcing" + entry);`;
    return execute(node, ["--input-type=module", "-e", code], join(work, "core"));
  });
  await check("tsc compiles the examples of the core without the types of drivers", () => {
    const names = core().map(({ name }) => `${name}.ts`);
    return compile("core", "bundler", names);
  });
}

async function checkRuntimes() {
  const lts = await execute(runtime("node"), ["--version"], work);
  const runs = (chosen, project, command, args) => () =>
    inAll(chosen(), (example) => runExample(project, example, command, args, `${example.name}.ts`));
  await Promise.all([
    check(
      `Node ${lts.trim()} strips the types of examples without decorators`,
      runs(withoutDecorators, "core", runtime("node"), []),
    ),
    check(
      "Bun runs every example of the core",
      runs(() => core().filter(({ instances }) => !instances), "core", runtime("bun"), []),
    ),
    check("Deno runs every example of the core", runs(core, "core", runtime("deno"), ["run", "-A"])),
  ]);
  // The wiki's project has better-sqlite3 12, the other one 13.
  await check(`Node ${lts.trim()} runs every compiled example on SQLite`, () =>
    inAll(sqlite(), (example) =>
      runExample("project", example, runtime("node"), [], `compiled/${example.name}.js`),
    ),
  );
  await check("Bun runs every example on SQLite", runs(sqlite, "project", runtime("bun"), []));
  await check("Deno runs every example on SQLite", runs(sqlite, "project", runtime("deno"), ["run", "-A"]));
}

function checkTarballs() {
  return Promise.all(
    Object.entries(tarballs).flatMap(([name, tarball]) => [
      check(`publint accepts ${name}`, () =>
        execute(node, [script("tools", "publint/src/cli.js"), "--strict", tarball], work),
      ),
      check(`attw accepts ${name}`, () =>
        execute(node, [attw(), tarball, "--profile", "esm-only", "--format", "ascii"], work),
      ),
      check(`source maps of ${name} resolve`, () => checkSourceMaps(script("wiki", name))),
      check(`links of ${name} lead to files of the package`, () => checkLinks(script("wiki", name))),
    ]),
  );
}

function attw() {
  const { bin } = readJson(script("tools", "@arethetypeswrong/cli/package.json"));
  return script("tools", join("@arethetypeswrong/cli", typeof bin === "string" ? bin : bin.attw));
}

function checkSourceMaps(folder) {
  const maps = filesIn(join(folder, "dist"), ".map");
  expect(maps.length > 0, "There are no source maps.");
  const missing = maps.flatMap((map) => {
    const { sources, sourcesContent } = readJson(map);
    return sources
      .filter(
        (source, index) => sourcesContent?.[index] == null && !existsSync(resolve(dirname(map), source)),
      )
      .map((source) => `${map} names ${source}`);
  });
  expect(missing.length === 0, missing.join("\n"));
  const unmapped = filesIn(join(folder, "dist"), ".js").flatMap((file) => {
    const named = /^\/\/# sourceMappingURL=(?!data:)(.+)$/m.exec(readFileSync(file, "utf8"))?.[1];
    return named !== undefined && !existsSync(join(dirname(file), named)) ? [`${file} names ${named}`] : [];
  });
  expect(unmapped.length === 0, unmapped.join("\n"));
}

function checkLinks(folder) {
  const pages = filesIn(folder, ".md").filter((page) => !page.slice(folder.length).includes("node_modules"));
  const dead = pages.flatMap((page) => {
    const text = readFileSync(page, "utf8").replace(/^```[\s\S]*?^```$/gm, "");
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
    return targets
      .filter((target) => !/^(https?:|mailto:|#|\/)/.test(target))
      .filter((target) => {
        const path = resolve(dirname(page), target.split("#")[0]);
        return !path.startsWith(folder) || !existsSync(path);
      })
      .map((target) => `${page} links to ${target}`);
  });
  expect(dead.length === 0, dead.join("\n"));
}

// --- The wiki

/**
 * Gives the wiki's project the SQLite that this repository has compiled, if it is the same version: compiling takes
 * minutes.
 */
async function provideSqlite() {
  const own = join(root, "node_modules/better-sqlite3");
  const theirs = script("wiki", "better-sqlite3");
  const version = (folder) => readJson(join(folder, "package.json")).version;
  if (existsSync(join(own, "build/Release")) && version(own) === version(theirs)) {
    cpSync(join(own, "build/Release/better_sqlite3.node"), join(theirs, "build/Release/better_sqlite3.node"));
  } else await execute("npm", ["rebuild", "better-sqlite3"], join(work, "wiki"));
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a server, which gets the options for port and data folder, and checks that it answers. */
async function serve(name, command, args, cwd) {
  const port = await freePort();
  const options = ["--port", String(port), "--data-dir", join(work, `data of ${name}`)];
  // In a process group of its own, because `npm start` has a child.
  const server = spawn(command, [...args, ...options], { cwd, env: environment, detached: true });
  const ended = once(server, "close");
  let output = "";
  try {
    await new Promise((ready, fail) => {
      const read = (chunk) => {
        output += chunk;
        if (output.includes("Palimpsest is at")) ready();
      };
      server.stdout.on("data", read);
      server.stderr.on("data", read);
      server.on("close", (code) => fail(new Error(`The server ended with ${code}:\n${output}`)));
      setTimeout(() => fail(new Error(`The server is not ready after 300 s:\n${output}`)), 300_000).unref();
    });
    for (const path of ["/", "/api/openapi.json"]) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      await response.text();
      expect(response.status === 200, `${path} answered ${response.status}.`);
    }
  } finally {
    if (server.exitCode === null) process.kill(-server.pid);
    await ended;
  }
}

/** Runs `npm start` in a clone, which uses the packages that are installed in the repository. */
async function startClone() {
  const clone = join(work, "clone");
  await execute("git", ["clone", "--quiet", "--depth=1", pathToFileURL(root).href, clone], work);
  for (const folder of ["", "packages/eventsourcing", "packages/wiki"])
    linkModules(join(root, folder, "node_modules"), join(clone, folder, "node_modules"));
  for (const [name, folder] of Object.entries({
    "@palimpsest/eventsourcing": "eventsourcing",
    palimpsest: "wiki",
  })) {
    mkdirSync(dirname(join(clone, "node_modules", name)), { recursive: true });
    symlinkSync(join(clone, "packages", folder), join(clone, "node_modules", name));
  }
  await serve("clone", "npm", ["start", "--"], clone);
}

/** Links each installed package but those of the repository. A link to the whole folder would let npm change it. */
function linkModules(from, to) {
  if (!existsSync(from)) return;
  mkdirSync(to);
  for (const name of readdirSync(from))
    if (!/^@?palimpsest$/.test(name)) symlinkSync(join(from, name), join(to, name));
}

async function checkWiki() {
  await Promise.all([
    check("the wiki installs versions that admit this Node", () => {
      const lock = readJson(join(work, "wiki/package-lock.json"));
      const names = Object.keys(lock.packages).map((path) => path.split("node_modules/").at(-1));
      const tools = ["vite", "vitest", "rollup", "rolldown", "esbuild", "typescript"];
      const found = tools.filter((name) => names.includes(name));
      expect(found.length === 0, `It brings ${found.join(", ")}.`);
      for (const name of ["cookie", "content-disposition"]) {
        const paths = Object.entries(lock.packages).filter(([path]) => path.endsWith(`node_modules/${name}`));
        const ranges = paths.map(([, { engines }]) => engines?.node);
        expect(ranges.length === 1 && ranges[0] === ">=18", `${name} needs Node ${ranges.join(", ")}.`);
      }
    }),
    check("palimpsest --help lists the commands", async () => {
      const output = await execute(node, [script("wiki", "palimpsest/bin/palimpsest.js"), "--help"], work);
      for (const command of ["serve", "import", "backup"]) expect(output.includes(command), output);
    }),
    check("the worker threads of the wiki run", async () => {
      const pool = pathToFileURL(script("wiki", "palimpsest/dist/workers/worker-pool.js")).href;
      const code = `const { WorkerPool } = await import("${pool}");
        const pool = new WorkerPool();
        await pool.run("bodyChange", { body: "", text: "word ".repeat(10_000) });
        console.log(pool.threadCount);`;
      const output = await execute(node, ["--input-type=module", "-e", code], join(work, "wiki"));
      expect(output === "1\n", `It printed ${output}`);
    }),
    check("palimpsest serve answers", () =>
      serve("wiki", node, [script("wiki", "palimpsest/bin/palimpsest.js"), "serve"], join(work, "wiki")),
    ),
    check("tsc compiles a program that uses palimpsest/content-management", async () => {
      writeProject("wiki", {
        "content.ts": `import { ContentManagement } from "palimpsest/content-management";
export const methods: (keyof ContentManagement)[] = ["createPage", "updateBody"];
`,
      });
      cpSync(script("project", "@types/node"), script("wiki", "@types/node"), { recursive: true });
      cpSync(script("project", "undici-types"), script("wiki", "undici-types"), { recursive: true });
      await compile("wiki", "bundler", ["content.ts"]);
    }),
  ]);
}

async function checkProduction() {
  const folder = join(work, "production");
  for (const path of ["package.json", "package-lock.json", ".npmrc"])
    cpSync(join(root, path), join(folder, path));
  for (const name of ["eventsourcing", "wiki"]) {
    cpSync(join(root, `packages/${name}/package.json`), join(folder, `packages/${name}/package.json`));
  }
  await execute("npm", ["ci", "--omit=dev", "--ignore-scripts", "--loglevel=error"], folder);
  const tools = ["vite", "vitest", "rollup", "rolldown", "esbuild", "typescript", "fast-check"];
  const found = tools.filter((name) => installed("production", name));
  expect(found.length === 0, `It brings ${found.join(", ")}.`);
}

// --- The API reference

async function checkReference() {
  const source = join(root, "tools/api-reference");
  const folder = join(work, "reference");
  for (const name of ["package.json", "package-lock.json", ".npmrc"])
    cpSync(join(source, name), join(folder, name));
  await execute("npm", ["ci", "--loglevel=error"], folder);
  const args = ["--options", join(source, "typedoc.json"), "--out", join(folder, "api")];
  await execute(node, [script("reference", "typedoc/bin/typedoc"), ...args], root);
  expect(existsSync(join(folder, "api/classes/index.Aggregate.html")), "The reference lacks Aggregate.");
}

// --- All of it

async function main() {
  if (!(await check("both packages pack", packBoth))) return;
  const library = tarballs["@palimpsest/eventsourcing"];
  const wiki = tarballs.palimpsest;
  const production = check("npm ci --omit=dev brings no tools for development", checkProduction);
  const tools = check("the runtimes and checkers install", () =>
    install("tools", ["node@24", "bun@1", "deno@2", "publint", "@arethetypeswrong/cli"], {
      scripts: ["node", "bun", "deno"],
    }),
  );
  const project = check("the library installs beside its peers and tools", async () => {
    const drivers = ["better-sqlite3@13", "pg@8", "@types/better-sqlite3", "@types/pg"];
    const others = ["zod@4", "typescript@7", "@types/node@24", "tsx@4", "vitest", "esbuild"];
    await install("project", [library, ...drivers, ...others], { scripts: ["esbuild"] });
    writeProject("project", projectFiles());
  });
  const small = check("the library installs alone", async () => {
    await install("core", [library, "zod@4", "@types/node@20"]);
    writeProject("core", exampleFiles());
  });
  const server = check("the wiki installs", () =>
    install("wiki", [library, wiki], { flags: ["--ignore-scripts"] }),
  );
  const [toolsReady, projectReady, smallReady, serverReady] = await Promise.all([
    tools,
    project,
    small,
    server,
  ]);
  await production;
  const clone = check("npm start serves the wiki from a clone", startClone);
  const reference = check("the API reference generates without warnings", checkReference);
  if (projectReady) await checkProject();
  if (smallReady && projectReady) await checkCore();
  if (toolsReady && smallReady && projectReady) await checkRuntimes();
  if (toolsReady && serverReady) await checkTarballs();
  if (serverReady && projectReady) {
    await provideSqlite();
    cpSync(join(work, "project/compiled"), join(work, "wiki/compiled"), { recursive: true });
    await check(`${current} runs every compiled example on SQLite`, () =>
      inAll(sqlite(), (example) => runExample("wiki", example, node, [], `compiled/${example.name}.js`)),
    );
    await checkWiki();
  }
  await reference;
  await clone;
}

async function packBoth() {
  await pack("packages/eventsourcing");
  await pack("packages/wiki");
  const pages = ["README.md", "packages/eventsourcing/README.md", ...guides()];
  examples = pages.flatMap(programsOf);
}

function guides() {
  const names = readdirSync(join(root, "docs/library")).filter((name) => name.endsWith(".md"));
  return names.map((name) => `docs/library/${name}`);
}

function exampleFiles() {
  return Object.fromEntries(examples.map(({ name, code }) => [`${name}.ts`, code]));
}

/** The examples, and a test with decorators beside the configuration that the README gives for vitest. */
function projectFiles() {
  const readme = script("project", "@palimpsest/eventsourcing/README.md");
  const lamp = blockOf(readme, "ts", 'from "@palimpsest/eventsourcing/specification"');
  return {
    ...exampleFiles(),
    "vitest.config.js": blockOf(readme, "js", 'from "vitest/config"'),
    "lamp.test.ts": `import { it } from "vitest";\n${lamp}\nit("decides as specified", () => {});\n`,
  };
}

try {
  await main();
} finally {
  if (!keep) rmSync(work, { recursive: true, force: true });
}
if (failures > 0) console.log(`${failures} of the cases failed.`);
process.exitCode = failures > 0 ? 1 : 0;
