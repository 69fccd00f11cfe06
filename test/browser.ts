import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { programsFolder } from "./programs-folder.ts";

const systemBrowsers = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Starts a headless Chromium: that of the system, or else the one installed by npm. The caller closes it. */
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
    // A system without a desktop may lack shared libraries. The package has them, but those of the system fit better.
    const libraries = { ...env, LD_LIBRARY_PATH: join(home, "al2023", "lib") };
    return await chromium.launch({ executablePath, args, env: libraries });
  }
}

/** Unpacks the browser unless it is unpacked, and returns its folder. */
function unpackedBrowser(): string {
  const packed = dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium")));
  const home = join(programsFolder(), `palimpsest-chromium-147-${process.getuid?.() ?? "user"}`);
  if (existsSync(home)) return home;
  // Renamed when complete, because several processes may unpack it at the same time.
  const fresh = mkdtempSync(`${home}-`);
  const script = `import chromium from "@sparticuz/chromium"; await chromium.executablePath();`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: packed,
    // With this variable of AWS Lambda the package unpacks the shared libraries, too.
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

/** Returns the environment of the process. Adds the fonts of the package if the system has none. */
function environment(home: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  if (!existsSync("/etc/fonts")) env.FONTCONFIG_PATH = join(home, "fonts");
  return env;
}
