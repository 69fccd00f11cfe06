import type { VNode } from "preact";
import { fieldId } from "./field.tsx";
import { Trouble } from "./screen.tsx";

/** What is wrong with a form: by field, and under `form` what belongs to no field. */
export type FormErrors<Name extends string> = { readonly [name in Name | "form"]?: string };

/** Whether anything is wrong. */
export function hasErrors(errors: Readonly<Record<string, string | undefined>>): boolean {
  return Object.values(errors).some((error) => error !== undefined);
}

/** Above a form that was not accepted: what is wrong, with links to the fields. Nothing if all is well. */
export function FormTrouble({
  errors,
}: {
  errors: Readonly<Record<string, string | undefined>>;
}): VNode | null {
  if (!hasErrors(errors)) return null;
  const { form, ...fields } = errors;
  const named = Object.entries(fields).filter(([, error]) => error !== undefined);
  return (
    <Trouble>
      {form !== undefined && <p>{form}</p>}
      {named.length > 0 && <p>Not accepted yet. What you typed is still here.</p>}
      {named.length > 0 && (
        <ul>
          {named.map(([name, error]) => (
            <li key={name}>
              <a href={`#${fieldId(name)}`}>{error}</a>
            </li>
          ))}
        </ul>
      )}
    </Trouble>
  );
}
