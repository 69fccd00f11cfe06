import type { FastifySchemaCompiler } from "fastify";
import { z } from "zod";

/** A schema in JSON, as far as it says what a value may be. */
interface Described {
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly type?: string;
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
  readonly anyOf?: readonly Described[];
}

/** What somebody sent, by its part of the request. */
const PARTS: Readonly<Record<string, string>> = {
  body: "the body",
  querystring: "the query",
  params: "the address",
  headers: "the headers",
};

const CONFIDENTIAL = /password|secret|token|authorization|cookie/i;
const MOST_CHARACTERS = 100;
const MOST_KEYS = 5;

interface Sent {
  readonly part: string;
  readonly data: unknown;
  readonly described: Described;
}

/**
 * Checks a part of a request with its zod schema. What is refused is named with the value that came and what was
 * expected, such as `limit: "abc" is not a whole number from 0 to 200`.
 */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = PARTS[httpPart ?? ""] ?? "the request";
  let described: Described | undefined;
  return (data) => {
    const result = z.safeParse(schema, data);
    if (result.success) return { value: result.data };
    // Only once a request is wrong.
    described ??= z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Described;
    const sent = { part, data, described };
    return { error: new Error(result.error.issues.map((issue) => problemOf(issue, sent)).join("; ")) };
  };
};

function problemOf(issue: z.core.$ZodIssue, { part, data, described }: Sent): string {
  const path = issue.path.map(String);
  const name = path.length === 0 ? part : path.join(".");
  const expected = path.reduce<Described | undefined>(partOf, described);
  if (issue.code === "unrecognized_keys") return unknownKeys(issue.keys, part, expected);
  // This has been written for this very value.
  if (issue.code === "custom") return `${name}: ${issue.message}`;
  // As it came, and not what was made of it on the way to the check that failed.
  const value = path.reduce<unknown>(memberOf, data);
  const what =
    issue.code === "invalid_format" && issue.format === "regex" ? undefined : describe(expected, value);
  if (value === undefined) return `${name} is missing${what === undefined ? "" : `; expected ${what}`}`;
  const shownValue = CONFIDENTIAL.test(name) ? "what was sent" : shown(value);
  return what === undefined
    ? `${name}: ${issue.message}, and not ${shownValue}`
    : `${name}: ${shownValue} is not ${what}`;
}

function unknownKeys(keys: readonly string[], part: string, expected: Described | undefined): string {
  const known = Object.keys(expected?.properties ?? {}).join(", ");
  const listed = keys.slice(0, MOST_KEYS).map(shown).join(", ");
  const more = keys.length > MOST_KEYS ? ` and ${keys.length - MOST_KEYS} more` : "";
  return `${listed}${more}: not known in ${part}, which may have ${known}`;
}

function partOf(of: Described | undefined, key: string): Described | undefined {
  const { properties, items } = of?.anyOf?.find((choice) => choice.properties) ?? of ?? {};
  return properties === undefined ? items : (memberOf(properties, key) as Described | undefined);
}

function memberOf(of: unknown, key: string): unknown {
  if (typeof of !== "object" || of === null || !Object.hasOwn(of, key)) return undefined;
  return (of as Readonly<Record<string, unknown>>)[key];
}

function shown(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > MOST_CHARACTERS ? `${value.slice(0, MOST_CHARACTERS)}…` : value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** What `value` should have been. */
function describe(expected: Described | undefined, value: unknown): string | undefined {
  if (expected?.anyOf) {
    const choices = expected.anyOf.map((choice) => describe(choice, value));
    return choices.includes(undefined) ? undefined : choices.join(" or ");
  }
  if (expected?.enum) return `one of ${expected.enum.map((choice) => JSON.stringify(choice)).join(", ")}`;
  if (expected?.format === "uuid") return "a UUID";
  switch (expected?.type) {
    case "integer":
      return `a whole number${rangeOf(expected, value)}`;
    case "string":
      return `a text${lengthOf(expected)}`;
    case "null":
      return "null";
    case "object":
      return "an object";
    default:
      return undefined;
  }
}

function rangeOf({ minimum, exclusiveMinimum, maximum }: Described, value: unknown): string {
  const from = exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1;
  // That numbers end somewhere is of interest only to those who were there.
  const isEndless = maximum === Number.MAX_SAFE_INTEGER && !/^\d{16,}$/.test(String(value));
  const to = isEndless ? undefined : maximum;
  return `${from === undefined ? "" : ` from ${from}`}${to === undefined ? "" : ` to ${to}`}`;
}

function lengthOf({ minLength = 0, maxLength }: Described): string {
  return maxLength === undefined ? "" : ` of ${minLength} to ${maxLength} characters`;
}
