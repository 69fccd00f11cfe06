import { join, resolve } from "node:path";
import { type CipherKey, CodedError, type Compression, parseCipherKeys } from "@palimpsest/eventsourcing";
import { Option } from "commander";
import { z } from "zod";

/** Where events, snapshots and accounts are stored. */
export type Database =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string; readonly schema: string }
  | { readonly kind: "memory" };

export interface Config {
  readonly database: Database;
  readonly dataDir: string;
  /** Undefined: the first start creates a secret in the data folder. */
  readonly secret: string | undefined;
  readonly host: string;
  readonly port: number;
  /** The number of processes that serve the wiki. 1 for a database in memory. */
  readonly workers: number;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** The base URL if it was set. Only then are absolute URLs of this origin links within the wiki. */
  readonly publicOrigin: string | undefined;
  readonly trustProxy: boolean;
  readonly reading: "public" | "members";
  readonly signUp: "closed" | "open";
  /** Overrides the name that was chosen in the browser. */
  readonly wikiName: string | undefined;
  readonly compression: Compression;
  readonly cipherKeys: readonly CipherKey[];
  readonly snapshotInterval: number;
  readonly cacheSize: number;
  /** The memory for building views, in MB. */
  readonly viewMemoryMb: number;
  readonly files: FilesConfig;
  /** The response to events whose time would be too far ahead, and how far that is. */
  readonly clock: { readonly onJump: "warn" | "refuse"; readonly maxAheadMs: number };
  /** Requests to sign in or sign up that one address may make in a minute. */
  readonly signInsPerMinute: number;
  readonly logLevel: "silent" | "error" | "warn" | "info" | "debug";
}

export interface FilesConfig {
  /** Where the bytes of files are stored. A database in memory keeps them in memory. */
  readonly store:
    | { readonly kind: "folder"; readonly path: string }
    | {
        readonly kind: "s3";
        /** The address of the bucket with the prefix of the keys, without a slash at its end. */
        readonly url: string;
        readonly region: string;
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
      };
  readonly maxBytes: number;
  /** Accepted media types, such as "application/pdf" or "image/*"; undefined accepts all. */
  readonly types: readonly string[] | undefined;
}

/** Settings have invalid values. Nothing was started. */
export class InvalidConfigurationError extends CodedError {
  readonly code = "invalid-configuration";
}

interface Setting<Value = unknown> {
  /** The flag, the environment variable, the default and the description. */
  readonly option: Option;
  /** The messages of its issues name the expected values. */
  readonly schema: z.ZodType<Value>;
}

interface Definition<Value> {
  readonly flags: string;
  readonly env: string;
  readonly default: string;
  /** How help shows a default that is computed at the start. */
  readonly defaultDescription?: string;
  readonly description: string;
  readonly schema: z.ZodType<Value>;
}

function setting<Value>(definition: Definition<Value>): Setting<Value> {
  const { flags, env, description, schema } = definition;
  const option = new Option(flags, description)
    .env(env)
    .default(definition.default, definition.defaultDescription ?? definition.default);
  return { option, schema };
}

function oneOf<const Choice extends string>(...choices: readonly Choice[]): z.ZodType<Choice> {
  return z.enum(choices, { error: choices.map((choice) => `"${choice}"`).join(" or ") });
}

function integer(least: number, most: number): z.ZodType<number> {
  const expected = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d+$/, expected)
    .transform(Number)
    .pipe(z.number().min(least, expected).max(most, expected));
}

// The driver parses connection strings of PostgreSQL when the database is opened.
const POSTGRES = /^(?:postgres(?:ql)?:\/\/|\s*[a-z_]+\s*=)/i;

/** The settings, by the names that commander gives to their values. */
const SETTINGS = {
  databaseUrl: setting({
    flags: "--database-url <url>",
    env: "PALIMPSEST_DATABASE_URL",
    default: "",
    defaultDescription: "palimpsest.db in the data folder",
    description:
      "the database: `sqlite:` and a path, `postgres://user@host/database`, or `memory:`, which stores nothing",
    schema: z
      .string()
      .refine((text) => text === "" || text === "memory:" || /^sqlite:./.test(text) || POSTGRES.test(text), {
        error: '"memory:", "sqlite:" and a path, "postgres://user@host:port/database", or "host=… dbname=…"',
      }),
  }),
  databaseSchema: setting({
    flags: "--database-schema <name>",
    env: "PALIMPSEST_DATABASE_SCHEMA",
    default: "palimpsest",
    description: "the schema of the tables in a PostgreSQL database",
    // PostgreSQL truncates names after 63 bytes, and the name of the views' schema ends with "_views".
    schema: z
      .string()
      .refine(
        (name) =>
          name !== "" &&
          Buffer.byteLength(name) <= 57 &&
          !name.includes("\0") &&
          !/^(pg_|information_schema$)/.test(name),
        { error: "a name of 1 to 57 bytes that PostgreSQL does not reserve" },
      ),
  }),
  dataDir: setting({
    flags: "--data-dir <folder>",
    env: "PALIMPSEST_DATA_DIR",
    default: "./data",
    description: "the folder of the SQLite database and of the generated secret",
    schema: z.string().transform((path) => resolve(path || "./data")),
  }),
  secret: setting({
    flags: "--secret <text>",
    env: "PALIMPSEST_SECRET",
    default: "",
    defaultDescription: "generated at the first start",
    description: "signs sessions; all machines that serve one wiki need the same",
    schema: z
      .string()
      .refine((text) => text === "" || text.length >= 32, { error: "at least 32 characters" })
      .transform((text) => (text === "" ? undefined : text)),
  }),
  host: setting({
    flags: "--host <address>",
    env: "PALIMPSEST_HOST",
    default: "127.0.0.1",
    description: "the address to listen on; 0.0.0.0 for all",
    schema: z.string().transform((text) => text || "127.0.0.1"),
  }),
  port: setting({
    flags: "--port <number>",
    env: "PALIMPSEST_PORT",
    default: "3000",
    description: "the port to listen on; 0 for any free port",
    schema: integer(0, 65_535),
  }),
  workers: setting({
    flags: "--workers <number>",
    env: "PALIMPSEST_WORKERS",
    default: "1",
    description: "processes that serve the wiki; more than 1 needs SQLite or PostgreSQL",
    schema: integer(1, 256),
  }),
  baseUrl: setting({
    flags: "--base-url <url>",
    env: "PALIMPSEST_BASE_URL",
    default: "",
    defaultDescription: "http:// with host and port",
    description: "the address at which people open the wiki, for example behind a proxy",
    schema: z
      .string()
      .refine((text) => text === "" || isOrigin(text), { error: "an http or https address without a path" })
      .transform((text) => (text === "" ? undefined : new URL(text).origin)),
  }),
  trustProxy: setting({
    flags: "--trust-proxy <choice>",
    env: "PALIMPSEST_TRUST_PROXY",
    default: "no",
    description: "`yes` or `no`: whether a proxy reports the client's address in `X-Forwarded-For`",
    schema: oneOf("yes", "no"),
  }),
  reading: setting({
    flags: "--reading <choice>",
    env: "PALIMPSEST_READING",
    default: "public",
    description:
      "who can read the wiki and its earlier versions: `public` for everyone, `members` for signed-in people",
    schema: oneOf("public", "members"),
  }),
  signUp: setting({
    flags: "--sign-up <choice>",
    env: "PALIMPSEST_SIGN_UP",
    default: "closed",
    description: "`open` or `closed`: whether anyone can create an account, with the role reader",
    schema: oneOf("closed", "open"),
  }),
  wikiName: setting({
    flags: "--wiki-name <text>",
    env: "PALIMPSEST_WIKI_NAME",
    default: "",
    defaultDescription: "the name chosen in the browser, or Palimpsest",
    description: "the name of the wiki in titles and at the top of each page",
    schema: z
      .string()
      .trim()
      .max(60, "at most 60 characters")
      .transform((text) => (text === "" ? undefined : text)),
  }),
  compressor: setting({
    flags: "--compressor <choice>",
    env: "PALIMPSEST_COMPRESSOR",
    default: "gzip",
    description: "the compression of stored events: `gzip` or `none`",
    schema: oneOf("gzip", "none"),
  }),
  cipherKeys: setting({
    flags: "--cipher-keys <keys>",
    env: "PALIMPSEST_CIPHER_KEYS",
    default: "none",
    description: "`id:base64,…`, 32 bytes each: the first key encrypts new events, all keys decrypt",
    schema: z.string().transform((text, context) => {
      const keys = cipherKeysOf(text);
      if (keys !== undefined) return keys;
      const message = "id:base64 with 32 bytes; several are separated by commas and have different ids";
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }),
  }),
  snapshotInterval: setting({
    flags: "--snapshot-interval <events>",
    env: "PALIMPSEST_SNAPSHOT_INTERVAL",
    default: "5",
    description: "events of a page between two snapshots",
    schema: integer(1, 10_000),
  }),
  cacheSize: setting({
    flags: "--cache-size <number>",
    env: "PALIMPSEST_CACHE_SIZE",
    default: "10000",
    description: "pages and slugs kept in memory, up to about 64 MB",
    schema: integer(0, 1_000_000),
  }),
  viewMemoryMb: setting({
    flags: "--view-memory-mb <number>",
    env: "PALIMPSEST_VIEW_MEMORY_MB",
    default: "200",
    description: "memory for building views, in MB",
    schema: integer(50, 100_000),
  }),
  fileStore: setting({
    flags: "--file-store <address>",
    env: "PALIMPSEST_FILE_STORE",
    default: "",
    defaultDescription: "files in the data folder",
    description:
      "where files are stored: a folder, or the https address of an S3-compatible bucket, with a prefix if wanted",
    schema: z.string().refine((text) => !/^\w+:\/\//.test(text) || isBucketAddress(text), {
      error: "a folder, or an http or https address with a bucket and without a query",
    }),
  }),
  s3Region: setting({
    flags: "--s3-region <name>",
    env: "PALIMPSEST_S3_REGION",
    default: "us-east-1",
    description: "the region of the bucket",
    schema: z.string().regex(/^[a-z0-9-]+$/, "lower-case letters, digits and hyphens"),
  }),
  s3AccessKeyId: setting({
    flags: "--s3-access-key-id <id>",
    env: "PALIMPSEST_S3_ACCESS_KEY_ID",
    default: "",
    defaultDescription: "none",
    description: "the id of the access key of the bucket",
    schema: z.string(),
  }),
  s3SecretAccessKey: setting({
    flags: "--s3-secret-access-key <secret>",
    env: "PALIMPSEST_S3_SECRET_ACCESS_KEY",
    default: "",
    defaultDescription: "none",
    description: "the secret of the access key",
    schema: z.string(),
  }),
  maxFileMb: setting({
    flags: "--max-file-mb <number>",
    env: "PALIMPSEST_MAX_FILE_MB",
    default: "50",
    description: "the size of the largest accepted file, in MB",
    schema: integer(1, 10_000),
  }),
  fileTypes: setting({
    flags: "--file-types <types>",
    env: "PALIMPSEST_FILE_TYPES",
    default: "all",
    description: "accepted types of files, such as `image/*,application/pdf`; `all` accepts every type",
    schema: z
      .string()
      .regex(/^(?:all|[\w.+-]+\/(?:\*|[\w.+-]+)(?:,[\w.+-]+\/(?:\*|[\w.+-]+))*)$/, {
        error: "all, or media types separated by commas",
      })
      .transform((text) => (text === "all" ? undefined : text.toLowerCase().split(","))),
  }),
  signInsPerMinute: setting({
    flags: "--sign-ins-per-minute <number>",
    env: "PALIMPSEST_SIGN_INS_PER_MINUTE",
    default: "10",
    description: "attempts to sign in or sign up that one address has in a minute",
    schema: integer(1, 1_000_000),
  }),
  clockJump: setting({
    flags: "--clock-jump <choice>",
    env: "PALIMPSEST_CLOCK_JUMP",
    default: "warn",
    description: "what to do when the clock is wrong: `warn`, or `refuse` changes until it is right",
    schema: oneOf("warn", "refuse"),
  }),
  clockMaxAheadSeconds: setting({
    flags: "--clock-max-ahead-seconds <seconds>",
    env: "PALIMPSEST_CLOCK_MAX_AHEAD_SECONDS",
    default: "60",
    description: "how far the time of an event may be ahead of the expected time",
    schema: integer(1, 86_400),
  }),
  logLevel: setting({
    flags: "--log-level <level>",
    env: "PALIMPSEST_LOG_LEVEL",
    default: "warn",
    description: "`silent`, `error`, `warn`, `info` or `debug`",
    schema: oneOf("silent", "error", "warn", "info", "debug"),
  }),
};

export type SettingName = keyof typeof SETTINGS;

/** The options of the command line, by setting. Each reads its environment variable. */
export const OPTIONS = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, { option }]) => [name, option]),
) as Readonly<Record<SettingName, Option>>;

/** The text of each setting; without it the default counts. */
export type SettingTexts = Readonly<Partial<Record<SettingName, string>>>;

/**
 * Parses settings.
 * @param nameOf returns the name of a setting in errors; default: its environment variable
 * @throws InvalidConfigurationError Its message does not contain passwords, the secret or keys.
 */
export function parseConfig(texts: SettingTexts, nameOf: (name: SettingName) => string = variableOf): Config {
  const textOf = (name: SettingName): string => texts[name] ?? OPTIONS[name].defaultValue;
  const names = Object.keys(SETTINGS) as SettingName[];
  const result = SCHEMA.safeParse(Object.fromEntries(names.map((name) => [name, textOf(name)])));
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => {
      const name = path[0] as SettingName;
      return `${nameOf(name)} is ${JSON.stringify(publicText(name, textOf(name)))}; expected ${message}.`;
    });
    throw new InvalidConfigurationError(problems.join("\n"));
  }
  const { databaseUrl, databaseSchema, baseUrl, compressor, clockJump, clockMaxAheadSeconds, ...others } =
    result.data;
  const { fileStore, s3Region, s3AccessKeyId, s3SecretAccessKey, maxFileMb, fileTypes, ...settings } = others;
  const { host, port, workers } = settings;
  const database = databaseOf(databaseUrl, databaseSchema, settings.dataDir);
  if (database.kind === "memory" && workers > 1) {
    throw new InvalidConfigurationError(
      `${nameOf("workers")} is "${workers}"; expected 1, because a database in memory belongs to one process.`,
    );
  }
  const isBucket = isBucketAddress(fileStore);
  if (isBucket && (s3AccessKeyId === "" || s3SecretAccessKey === "")) {
    const missing = s3AccessKeyId === "" ? "s3AccessKeyId" : "s3SecretAccessKey";
    throw new InvalidConfigurationError(
      `${nameOf(missing)} is ""; expected a value, because ${nameOf("fileStore")} is a bucket.`,
    );
  }
  const s3 = { region: s3Region, accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey };
  const folder = fileStore === "" ? join(settings.dataDir, "files") : resolve(fileStore);
  return {
    ...settings,
    files: {
      store: isBucket
        ? { kind: "s3", url: fileStore.replace(/\/+$/, ""), ...s3 }
        : { kind: "folder", path: folder },
      maxBytes: maxFileMb * 1024 * 1024,
      types: fileTypes,
    },
    database,
    baseUrl: baseUrl ?? `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    publicOrigin: baseUrl,
    trustProxy: settings.trustProxy === "yes",
    compression: compressor,
    clock: { onJump: clockJump, maxAheadMs: 1_000 * clockMaxAheadSeconds },
  };
}

type Schemas = { readonly [Name in SettingName]: (typeof SETTINGS)[Name]["schema"] };
const SCHEMA = z.object(
  Object.fromEntries(Object.entries(SETTINGS).map(([name, { schema }]) => [name, schema])) as Schemas,
);

function variableOf(name: SettingName): string {
  return OPTIONS[name].envVar ?? name;
}

/** Hides an invalid value that may hold a password, such as a mistyped URL. */
function publicText(name: SettingName, text: string): string {
  const isConfidential =
    name === "secret" ||
    name === "cipherKeys" ||
    name === "s3SecretAccessKey" ||
    (name === "databaseUrl" && /[@=]|\/\/.*:/s.test(text));
  return isConfidential ? "(not shown)" : text;
}

function isBucketAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const hasBucket = url !== undefined && (url.pathname.length > 1 || url.hostname.includes("."));
  return hasBucket && /^https?:$/.test(url.protocol) && url.search + url.hash + url.username === "";
}

function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "";
}

/** Returns undefined for invalid keys. The reason would show a part of a key. */
function cipherKeysOf(text: string): readonly CipherKey[] | undefined {
  try {
    const keys = parseCipherKeys(text === "none" ? "" : text);
    return new Set(keys.map(({ id }) => id)).size === keys.length ? keys : undefined;
  } catch {
    return undefined;
  }
}

function databaseOf(url: string, schema: string, dataDir: string): Database {
  if (url === "memory:") return { kind: "memory" };
  if (POSTGRES.test(url)) return { kind: "postgres", url, schema };
  const path = url === "" ? join(dataDir, "palimpsest.db") : resolve(url.slice("sqlite:".length));
  return { kind: "sqlite", path };
}
