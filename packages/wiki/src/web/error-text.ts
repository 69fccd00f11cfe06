import { type ProblemCode, problemOf } from "../http/errors.ts";
import { strings } from "./strings/strings.ts";

/** Returns the text of an error, with its values. `code` is the error code that `problemOf` returned. */
export function errorText(code: ProblemCode, error: unknown): string {
  const { text }: { readonly text: string | ((error: never) => string) } = strings.errors[code];
  // Only one class of errors has this code, and a text with values takes errors of that class.
  return typeof text === "string" ? text : text(error as never);
}

/**
 * Returns the text of an error by the form field that the error concerns. Returns undefined if `fields` lacks the code.
 */
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
