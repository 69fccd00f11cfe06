import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { type Config, displayOf, InvalidConfigurationError, loadConfig, SETTINGS } from "./config.ts";

const DATABASE_EXPECTED =
  '"memory:", "sqlite:" and a path, "postgres://user@host:port/database", or "host=… dbname=…"';
const SCHEMA_EXPECTED = "a name of 1 to 57 bytes that is not PostgreSQL's own";
const KEY = Buffer.alloc(32, 1).toString("base64");
const load = (env: Record<string, string>, flags: Record<string, string> = {}) => loadConfig({ env, flags });

function refusal(env: Record<string, string>, flags: Record<string, string> = {}): InvalidConfigurationError {
  try {
    load(env, flags);
  } catch (error) {
    if (error instanceof InvalidConfigurationError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify({ env, flags })} was not refused`);
}

describe("the configuration", () => {
  it("has defaults for everything", () => {
    expect(loadConfig({ env: {} })).toEqual<Config>({
      database: { kind: "sqlite", path: resolve("data/palimpsest.db") },
      dataDir: resolve("data"),
      secret: undefined,
      host: "127.0.0.1",
      port: 3000,
      baseUrl: "http://127.0.0.1:3000",
      publicOrigin: undefined,
      trustProxy: false,
      reading: "public",
      signUp: "closed",
      compression: "gzip",
      cipherKeys: [],
      snapshotInterval: 5,
      cacheSize: 1000,
      signInsPerMinute: 10,
      clock: { onJump: "warn", maxAheadMs: 60_000 },
      logLevel: "warn",
    });
  });

  it("is taken from the environment", () => {
    const env = {
      PALIMPSEST_DATABASE_URL: "sqlite:/srv/wiki.db",
      PALIMPSEST_DATABASE_SCHEMA: "wiki",
      PALIMPSEST_DATA_DIR: "/srv/data",
      PALIMPSEST_SECRET: "s".repeat(32),
      PALIMPSEST_HOST: "0.0.0.0",
      PALIMPSEST_PORT: "8080",
      PALIMPSEST_BASE_URL: "https://wiki.example.org/",
      PALIMPSEST_TRUST_PROXY: "yes",
      PALIMPSEST_READING: "members",
      PALIMPSEST_SIGN_UP: "open",
      PALIMPSEST_COMPRESSOR: "none",
      PALIMPSEST_CIPHER_KEYS: `new:${KEY},old:${KEY}`,
      PALIMPSEST_SNAPSHOT_INTERVAL: "20",
      PALIMPSEST_CACHE_SIZE: "0",
      PALIMPSEST_SIGN_INS_PER_MINUTE: "100",
      PALIMPSEST_CLOCK_JUMP: "refuse",
      PALIMPSEST_CLOCK_MAX_AHEAD_SECONDS: "5",
      PALIMPSEST_LOG_LEVEL: "silent",
    };
    expect(Object.keys(env).toSorted()).toEqual(SETTINGS.map(({ variable }) => variable).toSorted());
    expect(load(env)).toMatchObject({
      database: { kind: "sqlite", path: "/srv/wiki.db" },
      dataDir: "/srv/data",
      secret: "s".repeat(32),
      host: "0.0.0.0",
      port: 8080,
      baseUrl: "https://wiki.example.org",
      publicOrigin: "https://wiki.example.org",
      trustProxy: true,
      reading: "members",
      signUp: "open",
      compression: "none",
      cipherKeys: [{ id: "new" }, { id: "old" }],
      snapshotInterval: 20,
      cacheSize: 0,
      signInsPerMinute: 100,
      clock: { onJump: "refuse", maxAheadMs: 5_000 },
      logLevel: "silent",
    });
  });

  it("is taken from flags before the environment", () => {
    const env = { PALIMPSEST_PORT: "8080", PALIMPSEST_HOST: "0.0.0.0" };
    const config = load(env, { "--port": "9090", "--database-url": "memory:" });
    expect(config).toMatchObject({ port: 9090, host: "0.0.0.0", database: { kind: "memory" } });
    // A wrong value that is not used is nobody's business.
    expect(load({ PALIMPSEST_PORT: "wrong" }, { "--port": "9090" }).port).toBe(9090);
  });

  it("names flags as it names variables", () => {
    for (const { variable, flag, meaning } of SETTINGS) {
      expect(variable).toBe(`PALIMPSEST_${flag.slice(2).toUpperCase().replaceAll("-", "_")}`);
      expect(meaning).not.toBe("");
    }
  });

  it("makes paths absolute, and puts the database into the data folder", () => {
    expect(load({ PALIMPSEST_DATA_DIR: "here" })).toMatchObject({
      dataDir: resolve("here"),
      database: { path: resolve("here/palimpsest.db") },
    });
    expect(load({ PALIMPSEST_DATABASE_URL: "sqlite:wiki.db" }).database).toEqual({
      kind: "sqlite",
      path: resolve("wiki.db"),
    });
  });

  it.each([
    ["postgres://db/wiki", "postgres://db/wiki"],
    ["postgresql://ada@one:5432,[::1]:5433,three/wiki", "postgresql://ada@one:5432,[::1]:5433,three/wiki"],
    ["postgres://ada:secret@db:5432/wiki?sslmode=require", "postgres://ada@db:5432/wiki"],
    ["postgres://ada:se:c@ret@db/wiki?application_name=a@b", "postgres://ada@db/wiki"],
    ["postgres:///wiki?host=/run/postgresql&password=secret", "postgres:///wiki"],
    ["postgres://%2Frun%2Fpostgresql", "postgres://%2Frun%2Fpostgresql"],
    ["host=one,two port=1,2 dbname=wiki user=ada", "host=one,two port=1,2 dbname=wiki user=ada"],
    [String.raw` dbname = 'the wiki' password='sec\' host=ret' port=1`, "dbname='the wiki' port=1"],
    [String.raw`host=db password=sec\ user=ret`, "host=db"],
  ])("takes %j for a PostgreSQL database, shown as %j", (url, shown) => {
    const { database } = load({ PALIMPSEST_DATABASE_URL: url });
    expect(database).toEqual({ kind: "postgres", url, schema: "palimpsest" });
    expect(displayOf(database)).toBe(shown);
    expect(load({}, { "--database-url": url, "--database-schema": "Wiki 2" }).database).toEqual({
      kind: "postgres",
      url,
      schema: "Wiki 2",
    });
  });

  it("shows a path and memory as they are", () => {
    expect(displayOf(load({ PALIMPSEST_DATABASE_URL: "sqlite:/srv/wiki.db" }).database)).toBe("/srv/wiki.db");
    expect(displayOf(load({ PALIMPSEST_DATABASE_URL: "memory:" }).database)).toBe("memory:");
  });

  it("makes the address people use from host and port", () => {
    expect(load({ PALIMPSEST_PORT: "80", PALIMPSEST_HOST: "::1" }).baseUrl).toBe("http://[::1]:80");
  });

  it.each([
    ["PALIMPSEST_DATABASE_URL", "wiki.db", DATABASE_EXPECTED],
    ["PALIMPSEST_DATABASE_URL", "sqlite:", DATABASE_EXPECTED],
    ["PALIMPSEST_DATABASE_URL", "mysql://localhost", DATABASE_EXPECTED],
    ["PALIMPSEST_DATABASE_URL", "postgres:wiki", DATABASE_EXPECTED],
    ["PALIMPSEST_DATABASE_SCHEMA", "", SCHEMA_EXPECTED],
    ["PALIMPSEST_DATABASE_SCHEMA", "pg_wiki", SCHEMA_EXPECTED],
    ["PALIMPSEST_DATABASE_SCHEMA", "\u00e9".repeat(29), SCHEMA_EXPECTED],
    ["PALIMPSEST_PORT", "", "a whole number from 0 to 65535"],
    ["PALIMPSEST_PORT", "http", "a whole number from 0 to 65535"],
    ["PALIMPSEST_PORT", "65536", "a whole number from 0 to 65535"],
    ["PALIMPSEST_PORT", "-1", "a whole number from 0 to 65535"],
    ["PALIMPSEST_PORT", "80.5", "a whole number from 0 to 65535"],
    ["PALIMPSEST_PORT", "1e3", "a whole number from 0 to 65535"],
    ["PALIMPSEST_PORT", " 80", "a whole number from 0 to 65535"],
    ["PALIMPSEST_BASE_URL", "wiki.example.org", "an http or https address without a path"],
    ["PALIMPSEST_BASE_URL", "ftp://wiki.example.org", "an http or https address without a path"],
    ["PALIMPSEST_BASE_URL", "https://example.org/wiki", "an http or https address without a path"],
    ["PALIMPSEST_BASE_URL", "https://example.org/?a", "an http or https address without a path"],
    ["PALIMPSEST_TRUST_PROXY", "true", '"yes" or "no"'],
    ["PALIMPSEST_READING", "private", '"public" or "members"'],
    ["PALIMPSEST_SIGN_UP", "yes", '"closed" or "open"'],
    ["PALIMPSEST_COMPRESSOR", "zlib", '"gzip" or "none"'],
    ["PALIMPSEST_SNAPSHOT_INTERVAL", "0", "a whole number from 1 to 10000"],
    ["PALIMPSEST_CACHE_SIZE", "-1", "a whole number from 0 to 1000000"],
    ["PALIMPSEST_SIGN_INS_PER_MINUTE", "0", "a whole number from 1 to 1000000"],
    ["PALIMPSEST_LOG_LEVEL", "loud", '"silent" or "error" or "warn" or "info" or "debug"'],
  ])("%s cannot be %j", (variable, value, expected) => {
    expect(refusal({ [variable]: value }).message).toBe(
      `${variable} is ${JSON.stringify(value)}; expected ${expected}.`,
    );
    const flag = `--${variable.slice("PALIMPSEST_".length).toLowerCase().replaceAll("_", "-")}`;
    expect(refusal({}, { [flag]: value })).toMatchObject({ code: "invalid-configuration", setting: flag });
  });

  it.each([
    ["PALIMPSEST_SECRET", "too short"],
    ["PALIMPSEST_DATABASE_URL", "mysql://ada:secret@db/wiki"],
    ["PALIMPSEST_DATABASE_URL", "postgres://ada:secret"],
    ["PALIMPSEST_DATABASE_URL", "ada:secret@db/wiki"],
    ["PALIMPSEST_DATABASE_URL", "host=db password='secret"],
    ["PALIMPSEST_DATABASE_URL", "postgres://ada:sec/ret@db/wiki"],
    ["PALIMPSEST_CIPHER_KEYS", "no key at all"],
    ["PALIMPSEST_CIPHER_KEYS", `short:${Buffer.alloc(31).toString("base64")}`],
    ["PALIMPSEST_CIPHER_KEYS", `twice:${KEY},twice:${KEY}`],
  ])("a wrong %s is not shown", (variable, value) => {
    const { message, cause, stack = "" } = refusal({ [variable]: value });
    expect(message).toContain(`${variable} is "(not shown)"; expected `);
    expect(cause).toBeUndefined();
    for (const part of value.split(/[:,]/)) expect(`${message}${stack}`).not.toContain(`${part}"`);
    expect(message).not.toContain(value);
  });
});
