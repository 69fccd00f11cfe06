import type { StandardSchemaV1 } from "@standard-schema/spec";
import { findMissing } from "../difference.ts";
import { describeValue, ProgrammingError } from "../errors.ts";

/** The fields of an event's data: a Standard Schema for each, synchronous, that checks and changes nothing. */
export type DataShape = Readonly<Record<string, StandardSchemaV1>>;

type OptionalField<Shape extends DataShape> = {
  [Field in keyof Shape]: undefined extends StandardSchemaV1.InferOutput<Shape[Field]> ? Field : never;
}[keyof Shape];

/** The data that fits a shape. A field whose schema accepts undefined may be left out. */
export type ShapeData<Shape extends DataShape> = {
  readonly [Field in Exclude<keyof Shape, OptionalField<Shape>>]: StandardSchemaV1.InferOutput<Shape[Field]>;
} & { readonly [Field in OptionalField<Shape>]?: StandardSchemaV1.InferOutput<Shape[Field]> };

/** Whether data is checked before it is stored, or after it was read. */
export type CheckedWhen = "triggered" | "read";

/**
 * Returns what is wrong with `data`, a sentence for each field; nothing if it fits `shape`. Data that was read may have
 * fields that the schemas do not know, since a later version of the program may have stored it.
 * @throws ProgrammingError if a schema is asynchronous, or changes the value that it is given before it is stored
 */
export function issuesOf(
  topic: string,
  shape: DataShape,
  data: Readonly<Record<string, unknown>>,
  when: CheckedWhen,
): readonly string[] {
  const issues: string[] = [];
  for (const field of Object.keys(shape)) {
    const value = Object.hasOwn(data, field) ? data[field] : undefined;
    const result = (shape[field] as StandardSchemaV1)["~standard"].validate(value);
    if (result instanceof Promise)
      throw new ProgrammingError(
        `The schema of ${topic}'s "${field}" is asynchronous; only synchronous schemas are supported.`,
      );
    if (result.issues !== undefined) {
      for (const issue of result.issues) issues.push(`${fieldPath(field, issue)}: ${issue.message}`);
    } else if (result.value !== value) {
      const changed = findMissing(value, result.value, field, { exact: when === "triggered" });
      if (changed !== undefined) issues.push(changeRefused(topic, changed, when));
    }
  }
  return issues;
}

/**
 * Values are stored and used as they were given, so a default or coercion of a schema would let the declared type and
 * the value differ.
 */
function changeRefused(
  topic: string,
  { path, left, right }: { readonly path: string; readonly left: unknown; readonly right: unknown },
  when: CheckedWhen,
): string {
  if (when === "read") {
    return `${path}: is ${describeValue(left)}, which the schema would change to ${describeValue(right)}; add an upcast to the event type`;
  }
  if (right === undefined) return `${path}: is not a field of the schema`;
  throw new ProgrammingError(
    `The schema of ${topic}'s "${path}" changes the value from ${describeValue(left)} to ${describeValue(right)}. ` +
      "Values are stored as given, so schemas must only check: remove the default, transformation or coercion.",
  );
}

function fieldPath(field: string, issue: StandardSchemaV1.Issue): string {
  const inner = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part));
  return [field, ...inner].join(".");
}
