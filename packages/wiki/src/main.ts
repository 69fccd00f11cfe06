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
    const [{ createWiki, startServer }, { ProjectionThread }] = await Promise.all([
      import("./create-wiki.ts"),
      import("./processes/projection-thread.ts"),
    ]);
    // A database in memory belongs to one thread.
    const host = config.database.kind === "memory" ? undefined : new ProjectionThread(config);
    const wiki = await createWiki(config, host);
    try {
      const server = await startServer(wiki);
      const close = async (): Promise<void> => {
        await server.close();
        await wiki.close();
      };
      return { ...wiki, address: server.address, close };
    } catch (error) {
      await wiki.close();
      throw error;
    }
  },
});
