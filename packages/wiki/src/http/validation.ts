import type { FastifySchemaCompiler } from "fastify";
import { z } from "zod";

/** Names of the parts of a request. */
const PARTS: Readonly<Record<string, string>> = {
  body: "the body",
  querystring: "the query",
  params: "the address",
  headers: "the headers",
};

const CONFIDENTIAL = /password|secret|token|authorization|cookie/i;
const MAX_VALUE_LENGTH = 100;
const MAX_MESSAGE_LENGTH = 500;

/** Validates a part of a request with its zod schema. Errors name each wrong field, its value and zod's reason. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = PARTS[httpPart ?? ""] ?? "the request";
  return (data) => {
    const result = z.safeParse(schema, data);
    if (result.success) return { value: result.data };
    return { error: new Error(result.error.issues.map((issue) => messageOf(issue, part, data)).join("; ")) };
  };
};

function messageOf({ path, message }: z.core.$ZodIssue, part: string, data: unknown): string {
  const name = path.length === 0 ? part : path.map(String).join(".");
  const value = path.reduce<unknown>((of, key) => memberOf(of, String(key)), data);
  const state = CONFIDENTIAL.test(name) ? "" : shown(value);
  return `${name}${state}: ${shorten(message, MAX_MESSAGE_LENGTH)}`;
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

function shown(value: unknown): string {
  if (value === undefined) return " is missing";
  if (typeof value === "string") return ` is ${JSON.stringify(shorten(value, MAX_VALUE_LENGTH))}`;
  return typeof value === "object" && value !== null ? "" : ` is ${value}`;
}

function shorten(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}
