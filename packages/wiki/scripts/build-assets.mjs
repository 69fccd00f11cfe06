// Bundles scripts, styles and images for browsers into dist/assets. File names contain a hash of the content, so that
// browsers can cache the files without limit. manifest.json has the current names.
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const wiki = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(wiki, "dist", "assets");
const entries = {
  "styles.css": "src/web/styles/styles.css",
  "favicon.svg": "src/web/images/favicon.svg",
  "favicon.ico": "src/web/images/favicon.ico",
  "times.js": "src/web/parts/islands/times.ts",
  "copy-code.js": "src/web/parts/islands/copy-code.ts",
  "newer-version.js": "src/web/page/islands/newer-version.ts",
  "page.js": "src/web/page/islands/page.ts",
  "files.js": "src/web/parts/islands/upload-area.ts",
  "draft.js": "src/web/page/islands/draft.ts",
  "diagrams.js": "src/web/diagrams/islands/diagrams.ts",
  "diagram-frame.js": "src/web/diagrams/islands/diagram-frame.ts",
  // Bundled and minified by its package.
  "mermaid.js": relative(wiki, require.resolve("mermaid/dist/mermaid.min.js")),
};

await mkdir(folder, { recursive: true });
const { metafile } = await build({
  absWorkingDir: wiki,
  entryPoints: Object.values(entries),
  outdir: folder,
  entryNames: "[name].[hash]",
  loader: { ".svg": "copy", ".ico": "copy", ".min.js": "copy" },
  target: ["chrome109", "firefox115", "safari16"],
  bundle: true,
  minify: true,
  metafile: true,
  logLevel: "warning",
});

const built = Object.entries(metafile.outputs);
const manifest = {};
for (const [name, source] of Object.entries(entries)) {
  const output = built.find(([, { inputs }]) => Object.keys(inputs).includes(source));
  if (output === undefined) throw new Error(`${source} was not built`);
  manifest[name] = basename(output[0]);
}
// A running server must not read a half-written manifest.
const temporary = join(folder, `manifest.${process.pid}.tmp`);
await writeFile(temporary, `${JSON.stringify(manifest, null, 2)}\n`);
await rename(temporary, join(folder, "manifest.json"));

const current = new Set([...Object.values(manifest), "manifest.json"]);
for (const name of await readdir(folder)) {
  if (!current.has(name) && !name.endsWith(".tmp")) await rm(join(folder, name), { force: true });
}
