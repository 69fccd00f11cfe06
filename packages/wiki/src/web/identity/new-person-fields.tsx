import type { VNode } from "preact";
import { Field } from "../parts/field.tsx";
import type { FormErrors } from "../parts/form-errors.tsx";

export type NewPersonValues = { readonly name: string; readonly email: string };
export type NewPersonErrors = FormErrors<"name" | "email" | "password">;

type Props = {
  readonly values: NewPersonValues;
  readonly errors: NewPersonErrors;
  readonly minPasswordLength: number;
};

/** What one tells about oneself to get an account. */
export function NewPersonFields({ values, errors, minPasswordLength }: Props): VNode {
  return (
    <>
      <Field
        name="name"
        label="Name"
        value={values.name}
        error={errors.name}
        hint="It stands beside what you write, for all readers."
        autoComplete="name"
        maxLength={200}
      />
      <Field
        name="email"
        label="E-mail"
        type="email"
        value={values.email}
        error={errors.email}
        hint="To sign in. It is not shown."
        autoComplete="username"
        dir="ltr"
      />
      <Field
        name="password"
        label="Password"
        type="password"
        value=""
        error={errors.password}
        hint={`At least ${minPasswordLength} characters. A few words are easier to remember than signs.`}
        autoComplete="new-password"
        minLength={minPasswordLength}
      />
    </>
  );
}
