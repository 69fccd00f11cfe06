import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { type NewPersonErrors, NewPersonFields, type NewPersonValues } from "../forms/new-person-fields.tsx";
import { FormErrorNotice } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

export type SignUpProps = {
  readonly values: NewPersonValues;
  readonly minPasswordLength: number;
  readonly errors?: NewPersonErrors;
};

/** The form that creates an account, in wikis where sign-up is open. */
export function signUp(props: SignUpProps): Screen {
  return { title: strings.identity.createAccount, body: <SignUpForm {...props} /> };
}

function SignUpForm({ values, minPasswordLength, errors = {} }: SignUpProps): VNode {
  return (
    <MainPart shape="narrow">
      <h1>{strings.identity.createAccount}</h1>
      <FormErrorNotice errors={errors} />
      <form class="form" method="post" action={addresses.signUp}>
        <NewPersonFields values={values} errors={errors} minPasswordLength={minPasswordLength} />
        <div class="actions">
          <button class="button main" type="submit">
            {strings.identity.createAccount}
          </button>
        </div>
      </form>
      <p class="aside">
        {strings.identity.newAccountsRead((words) => (
          <a href={addresses.signIn()}>{words}</a>
        ))}
      </p>
    </MainPart>
  );
}
