/** `palimpsest serve` with sample pages, an editor's token and an editor's session. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Recorder } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { ContentManagement } from "../../packages/wiki/dist/application/content-management.js";
import { Connection, headerOf, requireStatus } from "../http-load.ts";
import { PALIMPSEST, type Program, palimpsest, startProgram } from "../programs.ts";

const LOOP_MONITOR = new URL("./loop-monitor.mjs", import.meta.url).href;
const EMAIL = "bench@example.org";
const PASSWORD = "a password only for this run";

export interface WikiServer extends Program {
  /** The options of the command line that choose its database. */
  readonly options: readonly string[];
  /** The headers of requests with the token, and of requests with the session. */
  readonly token: Readonly<Record<string, string>>;
  readonly session: Readonly<Record<string, string>>;
  /** Resolves to the longest delay of the event loop since the last call, in milliseconds. */
  longestDelay(): Promise<number>;
  /** Resolves when the views contain all events. */
  viewsUpToDate(): Promise<void>;
  /** Resolves to the resident memory in bytes. */
  memory(): Promise<number>;
}

export interface WikiServerOptions {
  readonly folder: string;
  /** Default: SQLite in `folder`. */
  readonly postgresUrl?: string;
  /** Fills the wiki before the server starts. */
  readonly fill: (content: ContentManagement) => Promise<void>;
  readonly processes?: number;
}

export async function startWiki({
  folder,
  postgresUrl,
  fill,
  processes,
}: WikiServerOptions): Promise<WikiServer> {
  const options = [
    "--data-dir",
    folder,
    ...(postgresUrl === undefined ? [] : ["--database-url", postgresUrl]),
  ];
  const account = ["user", "add", EMAIL, "--name", "Bench", "--role", "editor", "--password-stdin"];
  await palimpsest([...account, ...options], `${PASSWORD}\n`);
  const content = new ContentManagement({ recorder: await recorderAt(folder, postgresUrl), cacheSize: 100 });
  await fill(content);
  await content.close();
  const token = await palimpsest(["token", "create", EMAIL, ...options]);
  const delayFile = join(folder, "loop-delay");
  const program = await startProgram(
    [
      "--import",
      LOOP_MONITOR,
      PALIMPSEST,
      "serve",
      "--port",
      "0",
      "--log-level",
      "error",
      ...(processes === undefined ? [] : ["--workers", String(processes)]),
      ...options,
    ],
    { LOOP_MONITOR_FILE: delayFile, PALIMPSEST_SIGN_INS_PER_MINUTE: "1000" },
  );
  const metric = async (pattern: RegExp): Promise<number> =>
    Number(pattern.exec(await textOf(program.address, "/metrics"))?.[1] ?? Number.NaN);
  return {
    ...program,
    options,
    token: { authorization: `Bearer ${token}` },
    session: { cookie: await signIn(program.address) },
    async longestDelay() {
      await rm(delayFile, { force: true });
      program.child.kill("SIGUSR2");
      for (;;) {
        const text = await readFile(delayFile, "utf8").catch(() => "");
        if (text !== "") return Number(text);
        await pause(5);
      }
    },
    async viewsUpToDate() {
      while (/^palimpsest_view_lag\{[^}]*\} [1-9]/m.test(await textOf(program.address, "/metrics"))) {
        await pause(200);
      }
    },
    memory: () => metric(/^process_resident_memory_bytes (\d+)/m),
  };
}

async function recorderAt(folder: string, postgresUrl: string | undefined): Promise<Recorder> {
  return postgresUrl === undefined
    ? sqliteRecorder({ path: join(folder, "palimpsest.db") })
    : postgresRecorder({ url: postgresUrl, schema: "palimpsest" });
}

async function textOf(address: string, path: string): Promise<string> {
  const connection = await Connection.open(address);
  const answer = requireStatus(await connection.send({ path }), 200);
  connection.close();
  return answer.body.toString();
}

/** Resolves to the cookie of a new session. */
async function signIn(address: string): Promise<string> {
  const connection = await Connection.open(address);
  const answer = await connection.send({
    method: "POST",
    path: "/-/sign-in",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      host: new URL(address).host,
      origin: address,
    },
    body: new URLSearchParams({ email: EMAIL, password: PASSWORD }).toString(),
  });
  connection.close();
  requireStatus(answer, 303);
  const cookie = headerOf(answer, "set-cookie")?.split(";")[0];
  if (cookie === undefined) throw new Error(`The sign-in set no cookie: ${answer.head}`);
  return cookie;
}
