// The tour of the README runs, and lists in the documentation match the sources.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { recorderContractCases } from "@palimpsest/eventsourcing/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPTIONS } from "../packages/wiki/src/config.ts";
import { PROBLEMS } from "../packages/wiki/src/http/errors.ts";
import { runCommand } from "./command-line.ts";
import { codeBlocksOf } from "./documentation-examples.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const library = "packages/eventsourcing/src";
const wiki = "packages/wiki/src";
const program = join(root, "packages/wiki/bin/palimpsest.js");
const run = promisify(execFile);

const read = (path: string) => readFileSync(join(root, path), "utf8");

function filesIn(folder: string, extension: RegExp): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(join(root, path)).isDirectory()) return filesIn(path, extension);
    return extension.test(name) ? [path] : [];
  });
}

const pages = [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"],
  ...["packages/eventsourcing/README.md", "packages/wiki/README.md"],
  ...filesIn("docs", /\.md$/),
  ...filesIn("decisions", /\.md$/),
  ...filesIn("examples", /\.md$/),
];

const blocksOf = (path: string) => codeBlocksOf(read(path));

/** Returns the cells of each row of the tables in a text, without their heads. */
function rowsOf(text: string): string[][] {
  const tables = text.matchAll(/^\|[-| :]+\|\n((?:\|.*\|\n)*)/gm);
  return [...tables].flatMap(([, rows = ""]) =>
    rows
      .trimEnd()
      .split("\n")
      .map((row) =>
        row
          .slice(1, -1)
          .split("|")
          .map((cell) => cell.trim()),
      ),
  );
}

/** Runs the program that npx would find. npx itself needs as long as the program. */
const NPX = `#!/bin/sh
name=$1; shift
exec ${JSON.stringify(join(root, "node_modules/.bin"))}/"$name" "$@"
`;

describe("the tour of the README", () => {
  let dataDir = "";
  let server: ChildProcess | undefined;
  let output = "";

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "palimpsest-tour-"));
  });

  afterAll(async () => {
    if (server !== undefined && server.exitCode === null) {
      server.kill();
      await once(server, "close");
    }
    await rm(dataDir, { recursive: true, force: true });
  });

  it("prints what the README says", async () => {
    const [port, secondPort] = await Promise.all([freePort(), freePort()]);
    await writeFile(join(dataDir, "npx"), NPX, { mode: 0o755 });
    const path = `${dataDir}:${process.env.PATH}`;
    const env = { ...process.env, PATH: path, PALIMPSEST_DATA_DIR: dataDir };
    // The first block is `npm start`, which ends with this server; the second runs these tests.
    const [start, test, ...steps] = blocksOf("README.md").filter(({ language }) => language === "sh");
    expect([start?.code, test?.code]).toEqual(["npm start\n", "npm test\n"]);
    expect(JSON.parse(read("package.json")).scripts.start).toMatch(/palimpsest\.js serve$/);
    const serving = spawn(process.execPath, [program, "serve", "--port", String(port)], { env });
    server = serving;
    await new Promise<void>((ready) => {
      serving.stdout.on("data", (chunk) => {
        output += chunk;
        if (output.includes("Palimpsest is at")) ready();
      });
    });
    const commands = steps
      .map(({ code }) => code)
      .join("\necho; echo '=== next block'\n")
      .replaceAll("127.0.0.1:3000", `127.0.0.1:${port}`)
      .replaceAll("3001", String(secondPort));
    const { stdout } = await run("bash", ["-eu", "-c", commands], { cwd: root, env });
    const [user, created, edited, earlier, notifications, imported, found, killed] =
      stdout.split("=== next block\n");

    expect(output).toContain("/-/first-administrator?token=");
    expect(user).toContain("Created the account editor@example.org with the role admin.");
    expect(JSON.parse(created ?? "")).toMatchObject({ slug: "bread", version: 1, position: 3 });
    expect(edited).toContain('"body":"Flour, water, salt, time.\\n"');
    expect(edited).toContain('"code":"edit-conflict"');
    expect(edited).toContain('"body":"Rye flour, water, salt, time.\\n"');
    expect(edited).toContain('"merged":true');
    expect(earlier).toContain('{"text":"Rye flour","version":3,');
    expect(earlier).toContain('{"op":"insert","text":", time"}');
    expect(earlier).toContain('"body":"Flour, water, salt.\\n"');
    expect(earlier).toMatch(/\{"items":\[\{"id":"[^{]*"slug":"bread",.*\}\s*$/);
    const { items } = JSON.parse(notifications ?? "");
    const shown = blocksOf("README.md").find(({ language }) => language === "json")?.code ?? "";
    const { diff } = JSON.parse(shown).items[0].data;
    expect(items).toMatchObject([{ id: 4, topic: "Page.BodyUpdated", data: { summary: "Patience", diff } }]);
    expect(imported).not.toContain("warning");
    expect(imported).toMatch(/(\d+) files: \1 created, .*\n\1 files: 0 created, 0 updated, \1 unchanged, /);
    expect(JSON.parse(found ?? "")).toMatchObject({ items: [{ page: { slug: "bread" } }], total: 1 });
    expect(killed).toMatch(/"title":"Note 3".*"title":"Note 2".*"title":"Note 1"/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("The port has no number.");
  return address.port;
}

describe("the documentation", () => {
  it("links only to files that exist", () => {
    const dead = pages.flatMap((page) => {
      const text = read(page).replace(/^```[\s\S]*?^```$/gm, "");
      const targets = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
      return targets
        .filter((target) => !/^https?:/.test(target))
        .filter((target) => !existsSync(resolve(root, dirname(page), target)))
        .map((target) => `${page}: ${target}`);
    });
    expect(dead).toEqual([]);
  });

  it("names only files that exist, in ARCHITECTURE.md, CONTRIBUTING.md and decisions", () => {
    const bases = ["", library, wiki];
    const missing = ["ARCHITECTURE.md", "CONTRIBUTING.md", ...filesIn("decisions", /\.md$/)].flatMap((page) =>
      [...read(page).matchAll(/`([\w.-]+(?:\/[\w.-]+)*\/?)`/g)]
        .map(([, name = ""]) => name)
        .filter((name) => /\/$|\.(tsx?|mjs|md|json|css)$/.test(name) && !/^(\.|x\.)/.test(name))
        .filter((name) => !["src/", "dist/"].includes(name))
        .filter((name) => !bases.some((base) => existsSync(join(root, base, name))))
        .map((name) => `${page}: ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it("names every folder, and every file in the library's folder, in ARCHITECTURE.md", () => {
    const text = read("ARCHITECTURE.md");
    const folders = [library, wiki].flatMap((base) =>
      readdirSync(join(root, base), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${name}/`),
    );
    const files = readdirSync(join(root, library)).filter((name) => /(?<!\.test)\.ts$/.test(name));
    const named = [...text.matchAll(/`([\w.*-]+\/?)`/g)].map(([, name = ""]) => name);
    const isNamed = (name: string) => named.some((one) => globOf(one).test(name));
    expect([...folders, ...files].filter((name) => !isNamed(name))).toEqual([]);
    expect(text.split("\n").length).toBeLessThan(300);
  });
});

/** Accepts `*` as in `projection*.ts`. */
function globOf(name: string): RegExp {
  return new RegExp(`^${name.replaceAll(".", "\\.").replaceAll("*", "[\\w-]*")}$`);
}

describe("the promises in ARCHITECTURE.md", () => {
  it("are R1 to R15, and name the contract if it tests them", () => {
    const rows = rowsOf(read("ARCHITECTURE.md")).filter(([name = ""]) => /^R\d+$/.test(name));
    expect(rows.map(([name]) => name)).toEqual(Array.from({ length: 15 }, (_, index) => `R${index + 1}`));
    const tested = new Set<string>(recorderContractCases.map(({ promise }) => promise));
    for (const [name = "", , , , , proof = ""] of rows) {
      expect([name, proof.includes("testing/contract/")]).toEqual([name, tested.has(name)]);
    }
  });
});

describe("docs/promises.md", () => {
  const rows = rowsOf(read("docs/promises.md"));
  const namesIn = (cell = "") => [...cell.matchAll(/`([\w./-]+\.test\.tsx?)`/g)].map(([, name = ""]) => name);

  it("names a test for each promise, and only files that exist", () => {
    const unproved = rows.filter(([, rule, whole]) => namesIn(rule).length + namesIn(whole).length === 0);
    expect(unproved).toEqual([]);
    const missing = rows.flatMap(([, rule, whole]) => [
      ...namesIn(rule).filter((name) => !existsSync(join(root, wiki, name))),
      ...namesIn(whole).filter((name) => !existsSync(join(root, "test", name))),
    ]);
    expect(missing).toEqual([]);
  });

  it("names every test of the whole wiki", () => {
    const named = new Set(rows.flatMap(([, , whole]) => namesIn(whole)));
    const tests = readdirSync(join(root, "test")).filter((name) => name.endsWith(".test.ts"));
    expect(tests.filter((name) => !named.has(name) && name !== "architecture.test.ts")).toEqual([]);
  });
});

describe("docs/errors.md", () => {
  it("lists every code in order, with its status and class", () => {
    const classOf = new Map<string, string>();
    for (const path of [library, wiki].flatMap((folder) => filesIn(folder, /(?<!\.test)\.tsx?$/))) {
      const classes = read(path).matchAll(/class (\w+) extends CodedError \{\s+readonly code = "([\w-]+)"/g);
      for (const [, name = "", code = ""] of classes) classOf.set(code, name);
    }
    const codes = [...new Set([...classOf.keys(), ...Object.keys(PROBLEMS)])].sort();
    const expected = codes.map((code) => {
      const name = classOf.get(code);
      return [
        `\`${code}\``,
        String(Object.entries(PROBLEMS).find(([known]) => known === code)?.[1][0] ?? ""),
        name === undefined ? "" : `\`${name}\``,
      ];
    });
    const rows = rowsOf(read("docs/errors.md"));
    expect(rows.map((row) => row.slice(0, 3))).toEqual(expected);
    expect(rows.filter(([, , , meaning = ""]) => meaning.length < 10)).toEqual([]);
  });
});

describe("docs/configuration.md", () => {
  it("lists every setting with its option, default and description", () => {
    const expected = Object.values(OPTIONS).map(({ envVar, long, defaultValueDescription, description }) => [
      `\`${envVar}\``,
      `\`${long}\``,
      defaultValueDescription,
      description,
    ]);
    expect(rowsOf(read("docs/configuration.md"))).toEqual(expected);
  });
});

describe("docs/command-line.md", () => {
  const help = async (...words: string[]) => (await runCommand([...words, "--help"])).stdout;
  const commandsIn = (text: string) =>
    [...(text.split("\nCommands:\n")[1] ?? "").matchAll(/^ {2}([a-z]+)/gm)]
      .map(([, name = ""]) => name)
      .filter((name) => name !== "help");

  it("has a section for each command, which lists its options", async () => {
    const text = read("docs/command-line.md");
    const top = commandsIn(await help());
    expect(top.length).toBeGreaterThan(4);
    const inner: string[][][] = [];
    for (const name of top) inner.push(commandsIn(await help(name)).map((command) => [name, command]));
    const commands = top.flatMap((name, index) => (inner[index]?.length ? (inner[index] ?? []) : [[name]]));
    const sections = [...text.matchAll(/^## palimpsest (.+)$/gm)].map(([, name = ""]) => name);
    expect(sections.sort()).toEqual(commands.map((words) => words.join(" ")).sort());

    for (const words of commands) {
      const options = (await help(...words)).split(/\n(?:Global Options|Settings, as [^\n]*):\n/)[0] ?? "";
      const flags = [...options.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag = ""]) => flag);
      const section = text.split(`\n## palimpsest ${words.join(" ")}\n`)[1]?.split("\n## ")[0] ?? "";
      const named = rowsOf(section).map(([option = ""]) => /--[\w-]+/.exec(option)?.[0]);
      expect([words, ...named.sort()]).toEqual([words, ...flags.filter((flag) => flag !== "--help").sort()]);
    }
  });
});

describe("decisions/", () => {
  it("are numbered without gaps, and each says when to revisit it", () => {
    const files = filesIn("decisions", /\.md$/).sort();
    const numbers = files.map((file) => file.replace(/^decisions\/(\d{3})-[a-z0-9-]+\.md$/, "$1"));
    expect(numbers).toEqual(files.map((_, index) => String(index + 1).padStart(3, "0")));
    expect(files.filter((file) => !/\brevisit\b/i.test(read(file)))).toEqual([]);
  });

  it("name every dependency that users install", () => {
    const text = filesIn("decisions", /\.md$/).map(read).join("\n");
    const names = ["packages/eventsourcing", "packages/wiki"].flatMap((folder) => {
      const { dependencies = {}, peerDependencies = {} } = JSON.parse(read(`${folder}/package.json`));
      return Object.keys({ ...dependencies, ...peerDependencies });
    });
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe("the library", () => {
  it("has a doc comment for each export", () => {
    const indexes = filesIn(library, /^index\.ts$/);
    expect(indexes.length).toBeGreaterThan(3);
    const undocumented = indexes.flatMap((index) =>
      [...read(index).matchAll(/export (?:type )?\{([^}]*)\} from "([^"]+)"/g)].flatMap(
        ([, names = "", from = ""]) => {
          const source = read(join(dirname(index), from));
          return names
            .split(",")
            .map((name) => name.trim().replace(/^type /, ""))
            .filter((name) => name !== "" && !isDocumented(name, source))
            .map((name) => `${name} of ${join(dirname(index), from)}`);
        },
      ),
    );
    expect(undocumented).toEqual([]);
  });
});

function isDocumented(name: string, source: string): boolean {
  const declaration = `export (?:abstract )?(?:async )?(?:class|function\\*?|interface|type|const|let) ${name}\\b`;
  return new RegExp(`\\*/\\n${declaration}`).test(source);
}
