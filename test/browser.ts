import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

const systemBrowsers = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/**
 * Starts a Chromium without a window: the system's where there is one, else the one that npm brought,
 * so that a machine with nothing but Node can run the tests. The caller closes it.
 */
export async function launchBrowser(): Promise<Browser> {
  const system = systemBrowsers.find((path) => existsSync(path));
  const args = [
    "--no-sandbox",
    "--font-render-hinting=none",
    // Names that are not localhost: over plain HTTP, Chromium sends them no Sec-Fetch-Site.
    "--host-resolver-rules=MAP *.test 127.0.0.1",
  ];
  if (system !== undefined) return await chromium.launch({ executablePath: system, args });
  const home = unpackedBrowser();
  const executablePath = join(home, "chromium");
  const env = environment(home);
  try {
    return await chromium.launch({ executablePath, args, env });
  } catch {
    // A system without a desktop may lack shared libraries, which the package has: not used at once, as
    // the system's own fit it better.
    const libraries = { ...env, LD_LIBRARY_PATH: join(home, "al2023", "lib") };
    return await chromium.launch({ executablePath, args, env: libraries });
  }
}

/** The folder of the unpacked browser. Unpacking takes seconds and is done once, whoever comes first. */
function unpackedBrowser(): string {
  const packed = dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium")));
  const home = join(tmpdir(), `palimpsest-chromium-147-${process.getuid?.() ?? "user"}`);
  if (existsSync(home)) return home;
  // Unpacked beside and moved into place whole: test files start at the same time, and none of them
  // may run a browser that another is still writing.
  const fresh = mkdtempSync(`${home}-`);
  const script = `import chromium from "@sparticuz/chromium"; await chromium.executablePath();`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: packed,
    // The variable of AWS Lambda is how the package is asked for the shared libraries as well.
    env: { ...process.env, TMPDIR: fresh, AWS_LAMBDA_JS_RUNTIME: "nodejs20.x" },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`Unpacking the browser failed:\n${stderr}`);
  try {
    renameSync(fresh, home);
  } catch {
    rmSync(fresh, { recursive: true, force: true });
  }
  return home;
}

/** The process's environment, and the fonts that came with the browser where the system has none. */
function environment(home: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  if (!existsSync("/etc/fonts")) env.FONTCONFIG_PATH = join(home, "fonts");
  return env;
}
