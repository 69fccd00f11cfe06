import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import {
  recorderContract,
  recorderContractCases,
  viewStoreContract,
  viewStoreContractCases,
} from "../src/testing/index.ts";
import { memoryRecorderUnderTest, memoryViewStoreUnderTest } from "./memory-subjects.ts";
import { memorySums } from "./memory-sums.ts";

const run = promisify(execFile);
const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

describe("contracts and specifications", () => {
  it("pass under node --test, and let its process end", async () => {
    const options = ["--import", "tsx", "--conditions=palimpsest-source", "--test", "--test-reporter=tap"];
    // Variables of vitest would change the behaviour of node --test.
    const { NODE_OPTIONS: _options, NODE_ENV: _env, VITEST: _vitest, ...env } = process.env;
    const { stdout } = await run(process.execPath, [...options, pathOf("node-test.fixture.ts")], { env });
    const cases =
      recorderContractCases.filter(({ reopens }) => !reopens).length + viewStoreContractCases.length;
    expect(stdout).toContain(`# tests ${cases + 1}\n`);
    expect(stdout).toContain(`# pass ${cases + 1}\n`);
    expect(stdout).toContain("# fail 0\n");
  });

  it("pass with functions like those of Jest", async () => {
    const jest = new JestLike();
    recorderContract("recorder", { ...jest.globals, reopens: false }, memoryRecorderUnderTest);
    viewStoreContract("views", { ...jest.globals, sums: memorySums }, memoryViewStoreUnderTest);
    expect(jest.suites).toEqual(["recorder", "views"]);
    expect(await jest.failures()).toEqual([]);
  });
});

/** Collects tests as Jest does: `describe` is synchronous, and `it` takes a function without parameters. */
class JestLike {
  readonly suites: string[] = [];
  readonly #tests: { readonly title: string; readonly body: () => unknown }[] = [];

  readonly globals = {
    describe: (title: string, body: () => unknown): void => {
      this.suites.push(title);
      expect(body()).toBe(undefined);
    },
    it: (title: string, body: () => unknown, timeoutMs?: number): void => {
      // Jest passes a callback to a function with a parameter, and waits for its call.
      expect(body).toHaveLength(0);
      expect(timeoutMs).toBeGreaterThan(0);
      this.#tests.push({ title, body });
    },
  };

  async failures(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (const { title, body } of this.#tests) {
      try {
        expect(await body()).toBe(undefined);
      } catch (error) {
        failures.push([title, error]);
      }
    }
    return failures;
  }
}

describe("importing", () => {
  const packageJson = readFileSync(pathOf("../package.json"), "utf8");
  const { dependencies } = JSON.parse(packageJson) as { dependencies: Record<string, string> };

  it.each([
    { entry: "the library", file: "index.ts" },
    { entry: "specification", file: "specification.ts" },
    { entry: "testing", file: "testing/index.ts" },
    { entry: "memory", file: "memory/index.ts" },
  ])("$entry needs no driver, test runner or fast-check", async ({ file }) => {
    const { metafile } = await build({
      entryPoints: [pathOf(`../src/${file}`)],
      bundle: true,
      write: false,
      metafile: true,
      platform: "node",
      format: "esm",
      packages: "external",
    });
    const imports = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
    const external = imports.filter(({ external, path }) => external && !path.startsWith("node:"));
    const optional = external.filter(({ path }) => !(path in dependencies));
    expect(optional.map(({ path }) => path)).toEqual([]);
  });
});
