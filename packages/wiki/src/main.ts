import cluster from "node:cluster";
import { readFileSync } from "node:fs";
import { run } from "./cli/program.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

// The reader of the output may stop early, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// Loading the parts of the wiki takes a while; help does not need them.
process.exitCode = await run(process.argv.slice(2), {
  version,
  openWiki: async (config) => {
    const { createWiki } = await import("./create-wiki.ts");
    return createWiki(config);
  },
  serveWiki: async (config) => {
    const { serveWiki } = await import("./serve-wiki.ts");
    return serveWiki(config);
  },
});
// The channel to the primary process would keep a worker alive.
cluster.worker?.disconnect();
