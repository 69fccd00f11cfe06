import type { VNode } from "preact";
import { Field } from "../parts/field.tsx";
import type { FormErrors } from "../parts/form-errors.tsx";
import { strings } from "../strings/strings.ts";

export type NewPersonValues = { readonly name: string; readonly email: string };
export type NewPersonErrors = FormErrors<"name" | "email" | "password">;

type Props = {
  readonly values: NewPersonValues;
  readonly errors: NewPersonErrors;
  readonly minPasswordLength: number;
};

/** The fields of a new account. */
export function NewPersonFields({ values, errors, minPasswordLength }: Props): VNode {
  return (
    <>
      <Field
        name="name"
        label={strings.identity.name}
        value={values.name}
        error={errors.name}
        hint={strings.identity.nameHint}
        autoComplete="name"
        maxLength={200}
      />
      <Field
        name="email"
        label={strings.identity.email}
        type="email"
        value={values.email}
        error={errors.email}
        hint={strings.identity.emailHint}
        autoComplete="username"
        dir="ltr"
      />
      <Field
        name="password"
        label={strings.identity.password}
        type="password"
        value=""
        error={errors.password}
        hint={strings.identity.passwordHint(minPasswordLength)}
        autoComplete="new-password"
        minLength={minPasswordLength}
      />
    </>
  );
}
