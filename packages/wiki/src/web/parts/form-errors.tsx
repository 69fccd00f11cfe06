import type { VNode } from "preact";
import { strings } from "../strings/strings.ts";
import { fieldId } from "./field.tsx";
import { ErrorNotice } from "./screen.tsx";

/** The errors of a form by field; under `form`, the error of the whole form. */
export type FormErrors<Name extends string> = { readonly [name in Name | "form"]?: string };

export function hasErrors(errors: Readonly<Record<string, string | undefined>>): boolean {
  return Object.values(errors).some((error) => error !== undefined);
}

/** The errors of a form, with links to the fields; null without errors. */
export function FormErrorNotice({
  errors,
}: {
  errors: Readonly<Record<string, string | undefined>>;
}): VNode | null {
  if (!hasErrors(errors)) return null;
  const { form, ...fields } = errors;
  const fieldErrors = Object.entries(fields).filter(([, error]) => error !== undefined);
  return (
    <ErrorNotice>
      {form !== undefined && <p>{form}</p>}
      {fieldErrors.length > 0 && <p>{strings.forms.correctFields}</p>}
      {fieldErrors.length > 0 && (
        <ul>
          {fieldErrors.map(([name, error]) => (
            <li key={name}>
              <a href={`#${fieldId(name)}`}>{error}</a>
            </li>
          ))}
        </ul>
      )}
    </ErrorNotice>
  );
}
