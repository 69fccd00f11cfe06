/** TiddlyWiki, a wiki that npm offers: its own server with pages as files. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathOfPeer } from "../peers.ts";
import { type Program, startProgram } from "../programs.ts";
import { article, slugOf } from "../sample-pages.ts";

/** Starts TiddlyWiki's server with the sample pages as Markdown. */
export async function startTiddlyWiki(
  folder: string,
  { pages, bytes }: { readonly pages: number; readonly bytes: number },
): Promise<Program> {
  const tiddlers = join(folder, "tiddlers");
  await mkdir(tiddlers, { recursive: true });
  const info = {
    plugins: ["tiddlywiki/tiddlyweb", "tiddlywiki/filesystem", "tiddlywiki/markdown"],
    themes: ["tiddlywiki/vanilla", "tiddlywiki/snowwhite"],
  };
  await writeFile(join(folder, "tiddlywiki.info"), JSON.stringify(info));
  for (let page = 0; page < pages; page += 1) {
    const fields = `title: ${slugOf(page)}\ntype: text/x-markdown\n\n`;
    await writeFile(join(tiddlers, `${slugOf(page)}.tid`), fields + article(page, { pages, bytes }));
  }
  const program = pathOfPeer("tiddlywiki/tiddlywiki.js");
  return startProgram([program, folder, "--listen", "port=0", "host=127.0.0.1"]);
}
