import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type Config,
  InvalidConfigurationError,
  OPTIONS,
  parseConfig,
  type SettingName,
  type SettingTexts,
} from "./config.ts";

const DATABASE_EXPECTED =
  '"memory:", "sqlite:" and a path, "postgres://user@host:port/database", or "host=… dbname=…"';
const SCHEMA_EXPECTED = "a name of 1 to 57 bytes that PostgreSQL does not reserve";
const KEY = Buffer.alloc(32, 1).toString("base64");

function refusal(texts: SettingTexts, nameOf?: (name: SettingName) => string): InvalidConfigurationError {
  try {
    parseConfig(texts, nameOf);
  } catch (error) {
    if (error instanceof InvalidConfigurationError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(texts)} was not refused`);
}

describe("parseConfig", () => {
  it("has a default for every setting", () => {
    expect(parseConfig({})).toEqual<Config>({
      database: { kind: "sqlite", path: resolve("data/palimpsest.db") },
      dataDir: resolve("data"),
      secret: undefined,
      host: "127.0.0.1",
      port: 3000,
      workers: 1,
      baseUrl: "http://127.0.0.1:3000",
      publicOrigin: undefined,
      trustProxy: false,
      reading: "public",
      signUp: "closed",
      wikiName: undefined,
      compression: "gzip",
      cipherKeys: [],
      snapshotInterval: 5,
      cacheSize: 10000,
      viewMemoryMb: 200,
      files: {
        store: { kind: "folder", path: resolve("data/files") },
        maxBytes: 50 * 1024 * 1024,
        types: undefined,
      },
      signInsPerMinute: 10,
      clock: { onJump: "warn", maxAheadMs: 60_000 },
      logLevel: "warn",
    });
  });

  it("parses every setting", () => {
    const texts: SettingTexts = {
      databaseUrl: "sqlite:/srv/wiki.db",
      databaseSchema: "wiki",
      dataDir: "/srv/data",
      secret: "s".repeat(32),
      host: "0.0.0.0",
      port: "8080",
      workers: "4",
      baseUrl: "https://wiki.example.org/",
      trustProxy: "yes",
      reading: "members",
      signUp: "open",
      wikiName: " Ops ",
      compressor: "none",
      cipherKeys: `new:${KEY},old:${KEY}`,
      snapshotInterval: "20",
      cacheSize: "0",
      viewMemoryMb: "400",
      fileStore: "https://wiki.s3.eu-west-1.amazonaws.com/",
      s3Region: "eu-west-1",
      s3AccessKeyId: "id",
      s3SecretAccessKey: "key",
      maxFileMb: "10",
      fileTypes: "image/*,application/pdf",
      signInsPerMinute: "100",
      clockJump: "refuse",
      clockMaxAheadSeconds: "5",
      logLevel: "silent",
    };
    expect(Object.keys(texts).toSorted()).toEqual(Object.keys(OPTIONS).toSorted());
    expect(parseConfig(texts)).toMatchObject({
      database: { kind: "sqlite", path: "/srv/wiki.db" },
      dataDir: "/srv/data",
      secret: "s".repeat(32),
      host: "0.0.0.0",
      port: 8080,
      workers: 4,
      baseUrl: "https://wiki.example.org",
      publicOrigin: "https://wiki.example.org",
      trustProxy: true,
      reading: "members",
      signUp: "open",
      wikiName: "Ops",
      compression: "none",
      cipherKeys: [{ id: "new" }, { id: "old" }],
      snapshotInterval: 20,
      cacheSize: 0,
      viewMemoryMb: 400,
      files: {
        store: {
          kind: "s3",
          url: "https://wiki.s3.eu-west-1.amazonaws.com",
          region: "eu-west-1",
          accessKeyId: "id",
          secretAccessKey: "key",
        },
        maxBytes: 10 * 1024 * 1024,
        types: ["image/*", "application/pdf"],
      },
      signInsPerMinute: 100,
      clock: { onJump: "refuse", maxAheadMs: 5_000 },
      logLevel: "silent",
    });
  });

  it("names options after commander's values, and variables after options", () => {
    for (const [name, option] of Object.entries(OPTIONS)) {
      expect(option.attributeName()).toBe(name);
      expect(option.envVar).toBe(`PALIMPSEST_${option.name().toUpperCase().replaceAll("-", "_")}`);
    }
  });

  it("resolves paths, and puts the database into the data folder by default", () => {
    expect(parseConfig({ dataDir: "here" })).toMatchObject({
      dataDir: resolve("here"),
      database: { path: resolve("here/palimpsest.db") },
    });
    expect(parseConfig({ databaseUrl: "sqlite:wiki.db" }).database).toEqual({
      kind: "sqlite",
      path: resolve("wiki.db"),
    });
  });

  it.each([
    "postgres://db/wiki",
    "POSTGRESQL://ada@one:5432,[::1]:5433,three/wiki",
    "postgres:///wiki?host=/run/postgresql",
    "postgres://%2Frun%2Fpostgresql",
    "postgres://",
    "host=one,two port=1,2 dbname=wiki user=ada",
    " dbname = 'the wiki' password='sec\\' host=ret' port=1",
    // The driver refuses these when the database is opened.
    "postgres://ada:sec/ret@db/wiki",
    "host=db password='secret",
  ])("recognizes the PostgreSQL connection string %j", (url) => {
    const databaseSchema = "Wiki 2";
    expect(parseConfig({ databaseUrl: url, databaseSchema }).database).toEqual({
      kind: "postgres",
      url,
      schema: "Wiki 2",
    });
  });

  it("derives the base URL from host and port", () => {
    expect(parseConfig({ port: "80", host: "::1" }).baseUrl).toBe("http://[::1]:80");
  });

  it.each<[SettingName, string, string]>([
    ["databaseUrl", "wiki.db", DATABASE_EXPECTED],
    ["databaseUrl", "sqlite:", DATABASE_EXPECTED],
    ["databaseUrl", "mysql://localhost", DATABASE_EXPECTED],
    ["databaseUrl", "postgres:wiki", DATABASE_EXPECTED],
    ["databaseSchema", "", SCHEMA_EXPECTED],
    ["databaseSchema", "pg_wiki", SCHEMA_EXPECTED],
    ["databaseSchema", "\u00e9".repeat(29), SCHEMA_EXPECTED],
    ["port", "", "a whole number from 0 to 65535"],
    ["port", "http", "a whole number from 0 to 65535"],
    ["port", "65536", "a whole number from 0 to 65535"],
    ["port", "-1", "a whole number from 0 to 65535"],
    ["port", "80.5", "a whole number from 0 to 65535"],
    ["port", "1e3", "a whole number from 0 to 65535"],
    ["port", " 80", "a whole number from 0 to 65535"],
    ["baseUrl", "wiki.example.org", "an http or https address without a path"],
    ["baseUrl", "ftp://wiki.example.org", "an http or https address without a path"],
    ["baseUrl", "https://example.org/wiki", "an http or https address without a path"],
    ["baseUrl", "https://example.org/?a", "an http or https address without a path"],
    ["trustProxy", "true", '"yes" or "no"'],
    ["reading", "private", '"public" or "members"'],
    ["signUp", "yes", '"closed" or "open"'],
    ["compressor", "zlib", '"gzip" or "none"'],
    ["snapshotInterval", "0", "a whole number from 1 to 10000"],
    ["cacheSize", "-1", "a whole number from 0 to 1000000"],
    [
      "fileStore",
      "ftp://host/bucket",
      "a folder, or an http or https address with a bucket and without a query",
    ],
    [
      "fileStore",
      "https://id:secret@host/bucket",
      "a folder, or an http or https address with a bucket and without a query",
    ],
    ["maxFileMb", "0", "a whole number from 1 to 10000"],
    ["fileTypes", "image", "all, or media types separated by commas"],
    ["signInsPerMinute", "0", "a whole number from 1 to 1000000"],
    ["logLevel", "loud", '"silent" or "error" or "warn" or "info" or "debug"'],
  ])("refuses for %s the value %j", (name, value, expected) => {
    const is = `is ${JSON.stringify(value)}; expected ${expected}.`;
    expect(refusal({ [name]: value }).message).toBe(`${OPTIONS[name].envVar} ${is}`);
    expect(refusal({ [name]: value }, () => "--flag").message).toBe(`--flag ${is}`);
  });

  it("reports all invalid settings", () => {
    expect(refusal({ port: "eighty", reading: "all" })).toMatchObject({
      code: "invalid-configuration",
      message:
        'PALIMPSEST_PORT is "eighty"; expected a whole number from 0 to 65535.\n' +
        'PALIMPSEST_READING is "all"; expected "public" or "members".',
    });
  });

  it.each<[SettingName, string]>([
    ["secret", "too short"],
    ["databaseUrl", "mysql://ada:secret@db/wiki"],
    ["databaseUrl", "ada:secret@db/wiki"],
    ["cipherKeys", "no key at all"],
    ["cipherKeys", `short:${Buffer.alloc(31).toString("base64")}`],
    ["cipherKeys", `twice:${KEY},twice:${KEY}`],
  ])("does not show an invalid %s: %j", (name, value) => {
    const { message, cause, stack = "" } = refusal({ [name]: value });
    expect(message).toContain(`${OPTIONS[name].envVar} is "(not shown)"; expected `);
    expect(cause).toBeUndefined();
    for (const part of value.split(/[:,]/)) expect(`${message}${stack}`).not.toContain(`${part}"`);
    expect(message).not.toContain(value);
  });
});

it("refuses several workers for a database in memory", () => {
  const several = { workers: "2", databaseUrl: "memory:" };
  expect(() => parseConfig(several)).toThrow(
    'PALIMPSEST_WORKERS is "2"; expected 1, because a database in memory belongs to one process.',
  );
  expect(parseConfig({ workers: "2" }).workers).toBe(2);
  expect(parseConfig({ databaseUrl: "memory:" }).workers).toBe(1);
});
