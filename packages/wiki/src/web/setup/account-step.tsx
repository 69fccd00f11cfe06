import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { NewPersonFields, type NewPersonValues } from "../forms/new-person-fields.tsx";
import { Field } from "../parts/field.tsx";
import { FormErrorNotice, type FormErrors } from "../parts/form-errors.tsx";
import { strings } from "../strings/strings.ts";

export type AccountStepProps = {
  /** The token of the link, or whether the person must enter it. */
  readonly token: { readonly value: string } | "not-needed" | "missing" | "wrong";
  readonly values: NewPersonValues;
  readonly minPasswordLength: number;
  readonly errors?: FormErrors<"name" | "email" | "password">;
};

/** The form that creates the first administrator. */
export function AccountStep({ token, values, minPasswordLength, errors = {} }: AccountStepProps): VNode {
  const tokenError = token === "wrong" ? { token: strings.setup.tokenWrong } : {};
  return (
    <form class="form" method="post" action={addresses.firstAdministrator}>
      <p>{strings.setup.aboutAccount}</p>
      <FormErrorNotice errors={{ ...tokenError, ...errors }} />
      {typeof token === "object" && <input type="hidden" name="token" value={token.value} />}
      {(token === "missing" || token === "wrong") && (
        <Field
          name="token"
          label={strings.setup.token}
          value=""
          hint={strings.setup.tokenHint}
          error={tokenError.token}
          dir="ltr"
          spellCheck={false}
        />
      )}
      <NewPersonFields values={values} errors={errors} minPasswordLength={minPasswordLength} />
      <div class="actions">
        <button class="button main" type="submit">
          {strings.setup.createAccount}
        </button>
      </div>
    </form>
  );
}
