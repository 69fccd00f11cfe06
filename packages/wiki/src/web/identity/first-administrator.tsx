import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { FormTrouble } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { type NewPersonErrors, NewPersonFields, type NewPersonValues } from "./new-person-fields.tsx";

export type FirstAdministratorProps =
  | {
      readonly link: "valid";
      /** The one-time token of the link, posted as `token`. */
      readonly token: string;
      readonly values: NewPersonValues;
      readonly minPasswordLength: number;
      readonly errors?: NewPersonErrors;
    }
  /** `used`: there is an administrator already. `invalid`: this is not the link that the log shows. */
  | { readonly link: "used" | "invalid" };

/** Where whoever started the server makes the first account, from the link in its log. */
export function firstAdministrator(props: FirstAdministratorProps): Screen {
  return { title: "The first administrator", body: <FirstAdministrator {...props} /> };
}

function FirstAdministrator(props: FirstAdministratorProps): VNode {
  if (props.link !== "valid") return <DeadLink link={props.link} />;
  const { token, values, minPasswordLength, errors = {} } = props;
  return (
    <MainPart shape="narrow">
      <h1>The first administrator</h1>
      <p class="lede">
        This wiki has no accounts yet. The first one can do everything: write, and let others in.
      </p>
      <FormTrouble errors={errors} />
      <form class="form" method="post" action={addresses.firstAdministrator}>
        <input type="hidden" name="token" value={token} />
        <NewPersonFields values={values} errors={errors} minPasswordLength={minPasswordLength} />
        <div class="actions">
          <button class="button main" type="submit">
            Make administrator
          </button>
        </div>
      </form>
    </MainPart>
  );
}

function DeadLink({ link }: { link: "used" | "invalid" }): VNode {
  return (
    <MainPart shape="narrow">
      <h1>The first administrator</h1>
      {link === "used" ? (
        <>
          <p class="lede">This link has done its work: the wiki has an administrator.</p>
          <div class="invitation">
            <a class="button" href={addresses.signIn()}>
              Sign in
            </a>
          </div>
        </>
      ) : (
        <p class="lede">
          This link is not valid. The right one is in the log of the server, from its last start. The command
          line makes an administrator too: <code>palimpsest user add EMAIL --role admin</code>
        </p>
      )}
    </MainPart>
  );
}
