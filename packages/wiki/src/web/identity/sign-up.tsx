import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { FormTrouble } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { type NewPersonErrors, NewPersonFields, type NewPersonValues } from "./new-person-fields.tsx";

export type SignUpProps = {
  readonly values: NewPersonValues;
  readonly minPasswordLength: number;
  readonly errors?: NewPersonErrors;
};

/** Where anybody makes an account, if the wiki is configured so. */
export function signUp(props: SignUpProps): Screen {
  return { title: "Make an account", body: <SignUpForm {...props} /> };
}

function SignUpForm({ values, minPasswordLength, errors = {} }: SignUpProps): VNode {
  return (
    <MainPart shape="narrow">
      <h1>Make an account</h1>
      <FormTrouble errors={errors} />
      <form class="form" method="post" action={addresses.signUp}>
        <NewPersonFields values={values} errors={errors} minPasswordLength={minPasswordLength} />
        <div class="actions">
          <button class="button main" type="submit">
            Make account
          </button>
        </div>
      </form>
      <p class="aside">
        A new account can read. An administrator can let it write. You have one already?{" "}
        <a href={addresses.signIn()}>Sign in</a>.
      </p>
    </MainPart>
  );
}
