import { join, resolve } from "node:path";
import { type CipherKey, CodedError, type Compression, parseCipherKeys } from "@palimpsest/eventsourcing";

/** Where events, snapshots and accounts are kept. */
export type Database =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string; readonly schema: string }
  | { readonly kind: "memory" };

/** What a process runs with, typed and complete. */
export interface Config {
  readonly database: Database;
  readonly dataDir: string;
  /** Undefined: one is made at the first start and kept in the data folder. */
  readonly secret: string | undefined;
  readonly host: string;
  readonly port: number;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** The base URL if it was set: only then are absolute addresses of it known to be links within the wiki. */
  readonly publicOrigin: string | undefined;
  readonly trustProxy: boolean;
  readonly reading: "public" | "members";
  readonly signUp: "closed" | "open";
  readonly compression: Compression;
  readonly cipherKeys: readonly CipherKey[];
  /** Events of a page between two snapshots. */
  readonly snapshotInterval: number;
  /** Aggregates kept in memory. */
  readonly cacheSize: number;
  /** The response to events whose time would be too far ahead, and how far that is. */
  readonly clock: { readonly onJump: "warn" | "refuse"; readonly maxAheadMs: number };
  /** Requests to sign in or up that one address may make in a minute. */
  readonly signInsPerMinute: number;
  readonly logLevel: "silent" | "error" | "warn" | "info" | "debug";
}

/** A setting has a value that it cannot have. Nothing was started. */
export class InvalidConfigurationError extends CodedError {
  readonly code = "invalid-configuration";
  readonly setting: string;

  constructor(setting: string, value: string, expected: string) {
    super(`${setting} is ${JSON.stringify(value)}; expected ${expected}.`);
    this.setting = setting;
  }
}

/** One setting: its variable, and by the same name its flag (`PALIMPSEST_BASE_URL`, `--base-url`). */
export interface Setting {
  readonly variable: string;
  readonly flag: string;
  /** What it is without being set, as people read it. */
  readonly byDefault: string;
  readonly meaning: string;
}

type Parse<T> = (text: string, expected: (what: string) => InvalidConfigurationError) => T;

interface ParsedSetting<T> extends Setting {
  readonly parse: Parse<T>;
}

function setting<T>(name: string, byDefault: string, meaning: string, parse: Parse<T>): ParsedSetting<T> {
  const flag = `--${name.toLowerCase().replaceAll("_", "-")}`;
  return { variable: `PALIMPSEST_${name}`, flag, byDefault, meaning, parse };
}

const oneOf =
  <const Choice extends string>(...choices: readonly Choice[]): Parse<Choice> =>
  (text, expected) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw expected(choices.map((candidate) => `"${candidate}"`).join(" or "));
    return choice;
  };

const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER): Parse<number> =>
  (text, expected) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw expected(
      most === Number.MAX_SAFE_INTEGER
        ? `a whole number from ${least}`
        : `a whole number from ${least} to ${most}`,
    );
  };

const HOST = String.raw`(?:\[[\da-f:.%]+\]|[^[\]:/?#@,]*)(?::\d*)?`;
/** Captures the scheme, the user, the hosts and the database; leaves out the password and the parameters. */
const POSTGRES_URL = new RegExp(
  String.raw`^(postgres(?:ql)?://)(?:([^:@/?#]*)(?::[^/?#]*)?@)?(${HOST}(?:,${HOST})*)(/[^?#]*)?(?:\?[^#]*)?$`,
  "i",
);

/** One keyword and its value, as in `host=localhost dbname='the wiki'`. */
const KEYWORD = String.raw`\s*([a-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)(?:\s+|$)`;
const POSTGRES_KEYWORDS = new RegExp(`^(?:${KEYWORD})+$`, "s");
const SHOWN_KEYWORDS: readonly string[] = ["host", "port", "dbname", "user"];

const isPostgres = (text: string): boolean => POSTGRES_URL.test(text) || POSTGRES_KEYWORDS.test(text);

const parsed = {
  databaseUrl: setting(
    "DATABASE_URL",
    "sqlite: in the data folder",
    "`sqlite:` and a path; `postgres://user@host/database`; or `memory:`, which forgets everything at the end",
    (text, expected) => {
      if (text === "" || text === "memory:" || /^sqlite:./.test(text) || isPostgres(text)) return text;
      throw expected(
        '"memory:", "sqlite:" and a path, "postgres://user@host:port/database", or "host=… dbname=…"',
      );
    },
  ),
  databaseSchema: setting(
    "DATABASE_SCHEMA",
    "palimpsest",
    "the schema of the tables in a PostgreSQL database",
    (text, expected) => {
      // PostgreSQL cuts names off after 63 bytes, and that of the views' schema ends with "_views".
      const bytes = Buffer.byteLength(text);
      if (bytes >= 1 && bytes <= 57 && !text.includes("\0") && !/^(pg_|information_schema$)/.test(text))
        return text;
      throw expected("a name of 1 to 57 bytes that is not PostgreSQL's own");
    },
  ),
  dataDir: setting(
    "DATA_DIR",
    "./data",
    "the folder for the database and the secret made at first start",
    (text) => text || "./data",
  ),
  secret: setting(
    "SECRET",
    "made at first start",
    "signs sessions; needed where several machines serve one wiki",
    (text, expected) => {
      if (text !== "" && text.length < 32) throw expected("at least 32 characters");
      return text === "" ? undefined : text;
    },
  ),
  host: setting(
    "HOST",
    "127.0.0.1",
    "the address to listen on; 0.0.0.0 for all",
    (text) => text || "127.0.0.1",
  ),
  port: setting("PORT", "3000", "the port to listen on; 0 for any free one", whole(0, 65_535)),
  baseUrl: setting(
    "BASE_URL",
    "http:// and host and port",
    "the address people use, as behind a proxy",
    (text, expected) => {
      if (text === "") return undefined;
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "") {
        throw expected("an http or https address without a path");
      }
      return url.origin;
    },
  ),
  trustProxy: setting(
    "TRUST_PROXY",
    "no",
    "whether a proxy in front tells the client's address (`yes` or `no`)",
    oneOf("yes", "no"),
  ),
  reading: setting(
    "READING",
    "public",
    "who may read the wiki, as it is and as it was: `public`, or `members` who have signed in",
    oneOf("public", "members"),
  ),
  signUp: setting(
    "SIGN_UP",
    "closed",
    "whether people may make accounts, as readers, themselves: `open` or `closed`",
    oneOf("closed", "open"),
  ),
  compressor: setting(
    "COMPRESSOR",
    "gzip",
    "how events are compressed: `gzip` or `none`",
    oneOf("gzip", "none"),
  ),
  cipherKeys: setting(
    "CIPHER_KEYS",
    "none",
    "`id:base64,…`, 32 bytes each: the first encrypts events, all decrypt",
    (text, expected) => {
      try {
        const keys = parseCipherKeys(text === "none" ? "" : text);
        if (new Set(keys.map(({ id }) => id)).size === keys.length) return keys;
      } catch {
        // What is wrong with a key would show a part of it.
      }
      throw expected("id:base64 of 32 bytes, several joined by commas, each with an id of its own");
    },
  ),
  snapshotInterval: setting(
    "SNAPSHOT_INTERVAL",
    "5",
    "events of a page between two snapshots",
    whole(1, 10_000),
  ),
  cacheSize: setting("CACHE_SIZE", "1000", "pages and slugs kept in memory", whole(0, 1_000_000)),
  signInsPerMinute: setting(
    "SIGN_INS_PER_MINUTE",
    "10",
    "tries to sign in or up that one address has in a minute",
    whole(1, 1_000_000),
  ),
  clockJump: setting(
    "CLOCK_JUMP",
    "warn",
    "the response to a clock that is ahead or was set back: `warn`, or `refuse` changes until it is right",
    oneOf("warn", "refuse"),
  ),
  clockMaxAheadSeconds: setting(
    "CLOCK_MAX_AHEAD_SECONDS",
    "60",
    "how far the time of an event may be ahead of the expected time",
    whole(1, 86_400),
  ),
  logLevel: setting(
    "LOG_LEVEL",
    "warn",
    "`silent`, `error`, `warn`, `info` or `debug`",
    oneOf("silent", "error", "warn", "info", "debug"),
  ),
};

/** Every setting there is, for help and documentation. */
export const SETTINGS: readonly Setting[] = Object.values(parsed);

/** Values that are never shown in a message. */
const CONFIDENTIAL: readonly string[] = [parsed.secret.variable, parsed.cipherKeys.variable];

/** Returns `database` as people and scripts may read it: a path, a URL without its password, or `memory:`. */
export function displayOf(database: Database): string {
  if (database.kind === "memory") return "memory:";
  if (database.kind === "sqlite") return database.path;
  if (!POSTGRES_URL.test(database.url)) return keywordsShown(database.url);
  const [, scheme = "postgres://", user, hosts = "", path = ""] = POSTGRES_URL.exec(database.url) ?? [];
  return `${scheme}${user === undefined ? "" : `${user}@`}${hosts}${path}`;
}

function keywordsShown(text: string): string {
  return [...text.matchAll(new RegExp(KEYWORD, "gs"))]
    .filter(([, name = ""]) => SHOWN_KEYWORDS.includes(name))
    .map(([, name, value]) => `${name}=${value}`)
    .join(" ");
}

/** Whether a value that was refused may hold a password, as a mistyped URL or another program's may. */
function isConfidential({ variable }: Setting, text: string): boolean {
  return (
    CONFIDENTIAL.includes(variable) ||
    (variable === parsed.databaseUrl.variable && /[@=]|\/\/.*:/s.test(text))
  );
}

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By the flag's name, `--port`. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
}

/** Returns the configuration of a process: flags over environment over defaults. @throws InvalidConfigurationError */
export function loadConfig(sources: ConfigSources): Config {
  const read = <T>(one: ParsedSetting<T>, fallback: string = one.byDefault): T => {
    const flag = sources.flags?.[one.flag];
    const text = flag ?? sources.env[one.variable] ?? fallback;
    return one.parse(text, (what) => {
      const name = flag === undefined ? one.variable : one.flag;
      return new InvalidConfigurationError(name, isConfidential(one, text) ? "(not shown)" : text, what);
    });
  };
  const dataDir = resolve(read(parsed.dataDir));
  const host = read(parsed.host);
  const port = read(parsed.port);
  const publicOrigin = read(parsed.baseUrl, "");
  return {
    database: databaseOf(read(parsed.databaseUrl, ""), read(parsed.databaseSchema), dataDir),
    dataDir,
    secret: read(parsed.secret, ""),
    host,
    port,
    baseUrl: publicOrigin ?? `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    publicOrigin,
    trustProxy: read(parsed.trustProxy) === "yes",
    reading: read(parsed.reading),
    signUp: read(parsed.signUp),
    compression: read(parsed.compressor),
    cipherKeys: read(parsed.cipherKeys),
    snapshotInterval: read(parsed.snapshotInterval),
    cacheSize: read(parsed.cacheSize),
    signInsPerMinute: read(parsed.signInsPerMinute),
    clock: { onJump: read(parsed.clockJump), maxAheadMs: 1_000 * read(parsed.clockMaxAheadSeconds) },
    logLevel: read(parsed.logLevel),
  };
}

function databaseOf(url: string, schema: string, dataDir: string): Database {
  if (url === "memory:") return { kind: "memory" };
  if (isPostgres(url)) return { kind: "postgres", url, schema };
  return {
    kind: "sqlite",
    path: url === "" ? join(dataDir, "palimpsest.db") : resolve(url.slice("sqlite:".length)),
  };
}
