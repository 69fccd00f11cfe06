import { type ProblemCode, problemOf } from "../http/errors.ts";
import { strings } from "./strings/strings.ts";

/** Returns the text for an error, with its values; `code` is the one that `problemOf` gave it. */
export function errorText(code: ProblemCode, error: unknown): string {
  const { text }: { readonly text: string | ((error: never) => string) } = strings.errors[code];
  // A text with values is for one class of errors, the one that has this code.
  return typeof text === "string" ? text : text(error as never);
}

/** Returns the text of an error at the field of a form that it is about; undefined if `fields` does not have its code. */
export function fieldError<Field extends string>(
  error: unknown,
  fields: Readonly<Partial<Record<ProblemCode, Field>>>,
): { readonly [name in Field]?: string } | undefined {
  const { code } = problemOf(error);
  const field = fields[code];
  return field === undefined
    ? undefined
    : ({ [field]: errorText(code, error) } as { [name in Field]?: string });
}
