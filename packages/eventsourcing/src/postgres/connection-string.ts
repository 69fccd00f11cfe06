import type { ClientConfig } from "pg";
import { InvalidArgumentError } from "../errors.ts";

export interface Endpoint {
  readonly host: string;
  readonly config: ClientConfig;
}

export interface ConnectionTarget {
  /** In the order to try them. With `sslmode=prefer` each host is listed with TLS and then without. */
  readonly endpoints: readonly Endpoint[];
  readonly writable: boolean;
  /** The hosts and the database, without the user and the password. */
  readonly display: string;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
const DEFAULT_PORT = "5432";

const EXPECTED =
  "of the form postgres://user:password@host:port/database, with / ? # @ in a user or password written as " +
  "%2F %3F %23 %40, or of the form host=… port=… dbname=… user=…";

const URL_FORM = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/i;
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s;
const KEYWORD_AND_VALUE = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?:\s+|$)/gsy;

/** The modes to try for each `sslmode` of libpq. pg has no fallback and gives some modes another meaning. */
const TLS_ATTEMPTS: Readonly<Record<string, readonly string[]>> = {
  disable: ["disable"],
  allow: ["disable", "prefer"],
  prefer: ["prefer", "disable"],
  require: ["require"],
  "verify-ca": ["verify-ca"],
  "verify-full": ["verify-full"],
  "no-verify": ["no-verify"],
};

const WRITABLE_BY_ATTRIBUTE: Readonly<Record<string, boolean>> = {
  "read-write": true,
  primary: true,
  any: false,
};

interface NotSupported {
  readonly variable?: string;
  /** The values that pg satisfies. */
  readonly harmless: readonly string[];
}

/** Parameters of libpq that pg ignores. Ignoring them could connect to another server, or trust it too much. */
const NOT_SUPPORTED: Readonly<Record<string, NotSupported>> = {
  channel_binding: { variable: "PGCHANNELBINDING", harmless: ["prefer", "disable"] },
  gssencmode: { variable: "PGGSSENCMODE", harmless: ["prefer", "disable"] },
  hostaddr: { variable: "PGHOSTADDR", harmless: [] },
  load_balance_hosts: { variable: "PGLOADBALANCEHOSTS", harmless: ["disable"] },
  // pg reads PGPASSFILE.
  passfile: { harmless: [] },
  require_auth: { variable: "PGREQUIREAUTH", harmless: [] },
  requirepeer: { variable: "PGREQUIREPEER", harmless: [] },
  // Obsolete, but libpq still reads the variable.
  requiressl: { variable: "PGREQUIRESSL", harmless: ["0"] },
  service: { variable: "PGSERVICE", harmless: [] },
  ssl_max_protocol_version: { variable: "PGSSLMAXPROTOCOLVERSION", harmless: [] },
  ssl_min_protocol_version: {
    variable: "PGSSLMINPROTOCOLVERSION",
    harmless: ["TLSv1", "TLSv1.1", "TLSv1.2"],
  },
  sslcertmode: { variable: "PGSSLCERTMODE", harmless: ["allow"] },
  sslcrl: { variable: "PGSSLCRL", harmless: [] },
  sslcrldir: { variable: "PGSSLCRLDIR", harmless: [] },
  sslpassword: { harmless: [] },
};

/** Parameters that pg reads, or may ignore because they only tune the connection. */
const LEFT_TO_PG: ReadonlySet<string> = new Set([
  "application_name",
  "client_encoding",
  "fallback_application_name",
  "idle_in_transaction_session_timeout",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "lock_timeout",
  "options",
  "password",
  "query_timeout",
  "ssl",
  "sslcompression",
  "sslnegotiation",
  "sslsni",
  "statement_timeout",
  "tcp_user_timeout",
  "uselibpqcompat",
  "user",
]);

/**
 * Parses a connection string as libpq does (https://www.postgresql.org/docs/current/libpq-connect.html), with
 * environment variables for missing parameters. Refuses parameters and variables that pg does not support.
 * @throws InvalidArgumentError Its message does not contain the password.
 */
export function parseConnectionString(text: string): ConnectionTarget {
  const { scheme, credentials, authority, path, parameters } = partsOf(text);
  refuseNotSupported(parameters);
  const attribute = take(parameters, "target_session_attrs") ?? "read-write";
  const writable = WRITABLE_BY_ATTRIBUTE[attribute];
  if (writable === undefined)
    throw new InvalidArgumentError("target_session_attrs", attribute, oneOf(WRITABLE_BY_ATTRIBUTE));
  const connectionTimeoutMillis = connectTimeout(take(parameters, "connect_timeout"));
  const hosts = hostsOf(authority, parameters);
  const endpoints = hosts.flatMap(({ name, port }) =>
    tlsAttempts(parameters, name.startsWith("/")).map((attempt) => {
      attempt.set("host", name);
      attempt.set("port", port);
      // pg prefers the host of the parameters, where sockets and IPv6 addresses need no escaping.
      const connectionString = `${scheme}${credentials}localhost${path}?${attempt}`;
      return { host: `${name}:${port}`, config: { connectionString, connectionTimeoutMillis } };
    }),
  );
  return { endpoints, writable, display: `${scheme}${hosts.map(displayOf).join(",")}${path}` };
}

interface Parts {
  readonly scheme: string;
  /** Ends with "@", or is "". */
  readonly credentials: string;
  readonly authority: string;
  /** "/" and the database, or "". */
  readonly path: string;
  readonly parameters: URLSearchParams;
}

function partsOf(text: string): Parts {
  const keywords = keywordsOf(text);
  const [, scheme, credentials = "", authority = "", path = "", query = ""] =
    keywords === undefined ? (URL_FORM.exec(text) ?? []) : [text, "postgres://"];
  if (scheme === undefined) throw new InvalidArgumentError("url", publicPartOf(text), EXPECTED);
  const parameters = keywords ?? new URLSearchParams(query);
  // An unescaped / or ? in a password would make the rest of it a path or a parameter.
  if (path.includes("@") || [...parameters.keys()].some((name) => name.includes("@")))
    throw new InvalidArgumentError("url", publicPartOf(scheme), EXPECTED);
  const database = parameters.get("dbname");
  parameters.delete("dbname");
  return {
    scheme,
    credentials: escaped(credentials),
    authority,
    path: database === null ? escaped(path) : `/${encodeURIComponent(database)}`,
    parameters,
  };
}

/** Escapes stray "%" and " ", at which pg would encode the whole string a second time. */
function escaped(part: string): string {
  return part.replace(/%(?![\da-f]{2})/gi, "%25").replaceAll(" ", "%20");
}

/** Parses a string such as `host=localhost dbname='the wiki'`. Returns undefined for any other. */
function keywordsOf(text: string): URLSearchParams | undefined {
  const values = new URLSearchParams();
  let end = 0;
  for (const [all, name = "", quoted, plain = ""] of text.matchAll(KEYWORD_AND_VALUE)) {
    values.set(name, (quoted ?? plain).replace(/\\(.)/gs, "$1"));
    end += all.length;
  }
  return end > 0 && end === text.length ? values : undefined;
}

/** Returns the part of an unparsable string that certainly has no password. */
function publicPartOf(text: string): string {
  const [scheme] = /^[a-z][a-z\d+.-]*:\/\//i.exec(text) ?? [];
  return scheme === undefined ? text && "(not shown)" : `${scheme}…`;
}

function refuseNotSupported(parameters: URLSearchParams): void {
  for (const [name, { variable, harmless }] of Object.entries(NOT_SUPPORTED)) {
    if (variable === undefined || parameters.has(name)) continue;
    const value = process.env[variable] ?? "";
    if (value !== "" && !harmless.includes(value))
      throw new InvalidArgumentError(variable, value, `unset, ${notSupported(harmless)}`);
  }
  for (const [name, value] of [...parameters]) {
    if (LEFT_TO_PG.has(name) || Object.hasOwn(VARIABLES, name)) continue;
    const harmless = Object.hasOwn(NOT_SUPPORTED, name) ? NOT_SUPPORTED[name]?.harmless : undefined;
    parameters.delete(name);
    if (harmless?.includes(value)) continue;
    // The value of an unknown name may be a password.
    const shown = harmless === undefined || name === "sslpassword" ? "(not shown)" : value;
    throw new InvalidArgumentError(name, shown, `left out, ${notSupported(harmless ?? [])}`);
  }
}

function notSupported(harmless: readonly string[]): string {
  return `because it is not supported${harmless.length > 0 ? `, or ${harmless.join(" or ")}` : ""}`;
}

interface Host {
  /** A name, an address, or the directory of a Unix socket. */
  readonly name: string;
  readonly port: string;
}

function hostsOf(authority: string, parameters: URLSearchParams): Host[] {
  const listed = authority.split(",").map((part) => HOST_AND_PORT.exec(part) ?? []);
  const names = listed.map(([, name = ""]) => unescaped(name.replace(/^\[(.*)\]$/s, "$1"))).join(",");
  const ports = listed.map(([, , port = ""]) => port).join(",");
  const hosts = (takeParameter(parameters, "host") || names || fromEnvironment("host") || "localhost").split(
    ",",
  );
  const listedPorts = /[^,]/.test(ports) ? ports : "";
  const given = takeParameter(parameters, "port") || listedPorts || fromEnvironment("port") || DEFAULT_PORT;
  const portOf = given.split(",");
  if (portOf.length > 1 && portOf.length !== hosts.length)
    throw new InvalidArgumentError(
      "port in the connection string",
      given,
      `one for all hosts, or one for each of the ${hosts.length}`,
    );
  return hosts.map((name, index) => ({
    name: name || "localhost",
    port: checkedPort(portOf[portOf.length === 1 ? 0 : index] || DEFAULT_PORT),
  }));
}

function checkedPort(port: string): string {
  const isShort = /^\d{1,5}$/.test(port);
  if (isShort && Number(port) >= 1 && Number(port) <= 65_535) return port;
  // In "postgres://user:password", the password is in the place of the port.
  throw new InvalidArgumentError(
    "port in the connection string",
    isShort ? port : "(not shown)",
    "a whole number from 1 to 65535",
  );
}

function unescaped(host: string): string {
  try {
    return decodeURIComponent(host);
  } catch {
    throw new InvalidArgumentError(
      "host in the connection string",
      host,
      "a name or an address, percent-encoded",
    );
  }
}

function displayOf({ name, port }: Host): string {
  const host = name.includes(":") ? `[${name}]` : name.startsWith("/") ? encodeURIComponent(name) : name;
  return port === DEFAULT_PORT ? host : `${host}:${port}`;
}

function tlsAttempts(parameters: URLSearchParams, local: boolean): URLSearchParams[] {
  // These two are pg's own, so pg interprets them.
  if (parameters.has("ssl") || parameters.has("uselibpqcompat")) return [new URLSearchParams(parameters)];
  const others = new URLSearchParams(parameters);
  const root = take(others, "sslrootcert");
  const mode = take(others, "sslmode") ?? (root === "system" ? "verify-full" : "prefer");
  const files = { sslrootcert: root, sslcert: take(others, "sslcert"), sslkey: take(others, "sslkey") };
  const attempts = TLS_ATTEMPTS[mode];
  if (attempts === undefined) throw new InvalidArgumentError("sslmode", mode, oneOf(TLS_ATTEMPTS));
  if (root === "system" && mode !== "verify-full")
    throw new InvalidArgumentError("sslmode", mode, 'verify-full where sslrootcert is "system"');
  if (root === undefined && mode === "verify-ca")
    throw new InvalidArgumentError("sslmode", mode, "verify-full where no sslrootcert is given");
  return (local ? ["disable"] : attempts).map((attempt) => {
    const changed = new URLSearchParams(others);
    changed.set("sslmode", attempt);
    if (attempt !== "no-verify") changed.set("uselibpqcompat", "true");
    // Without sslrootcert, Node uses its own certificate authorities.
    for (const [name, file] of Object.entries(attempt === "disable" ? {} : files))
      if (file !== undefined && file !== "system") changed.set(name, file);
    return changed;
  });
}

/** Returns milliseconds, where 0 means no timeout. */
function connectTimeout(value: string | undefined): number {
  if (value === undefined) return DEFAULT_CONNECT_TIMEOUT_MS;
  if (!/^\d{1,6}$/.test(value))
    throw new InvalidArgumentError("connect_timeout", value, "a whole number of seconds");
  return Number(value) * 1000;
}

/** Removes a parameter and returns its value, or that of its environment variable. */
function take(parameters: URLSearchParams, name: string): string | undefined {
  return takeParameter(parameters, name) || fromEnvironment(name) || undefined;
}

function takeParameter(parameters: URLSearchParams, name: string): string | undefined {
  const value = parameters.get(name) ?? undefined;
  parameters.delete(name);
  return value;
}

const VARIABLES: Readonly<Record<string, string>> = {
  connect_timeout: "PGCONNECT_TIMEOUT",
  host: "PGHOST",
  port: "PGPORT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  target_session_attrs: "PGTARGETSESSIONATTRS",
};

function fromEnvironment(name: string): string | undefined {
  return process.env[VARIABLES[name] ?? ""];
}

function oneOf(values: Readonly<Record<string, unknown>>): string {
  return `one of ${Object.keys(values).join(", ")}`;
}
