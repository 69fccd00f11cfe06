import type { VNode } from "preact";
import type { Role } from "../../application/policy.ts";
import { addresses } from "../addresses.ts";
import { type NewPersonErrors, NewPersonFields, type NewPersonValues } from "../forms/new-person-fields.tsx";
import { FormErrorNotice } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";

export type InvitationProps = {
  readonly secret: string;
  readonly role: Role;
  readonly wikiName: string;
  /** The name of the signed-in person, who cannot accept; null for a visitor. */
  readonly signedInAs: string | null;
  readonly values: NewPersonValues;
  readonly minPasswordLength: number;
  readonly errors?: NewPersonErrors;
};

/** The form by which an invited person creates their account. */
export function invitation(props: InvitationProps): Screen {
  return { title: strings.identity.acceptInvitation, body: <Invitation {...props} /> };
}

function Invitation({ role, wikiName, signedInAs, ...form }: InvitationProps): VNode {
  return (
    <MainPart shape="narrow">
      <h1>{strings.identity.acceptInvitation}</h1>
      <p class="lede">{strings.identity.invitedAs(<bdi>{wikiName}</bdi>, strings.identity.roles[role])}</p>
      {signedInAs === null ? (
        <InvitationForm {...form} />
      ) : (
        <p>{strings.identity.signedInAs(<bdi>{signedInAs}</bdi>)}</p>
      )}
    </MainPart>
  );
}

type FormProps = Omit<InvitationProps, "role" | "wikiName" | "signedInAs">;

function InvitationForm({ secret, values, minPasswordLength, errors = {} }: FormProps): VNode {
  return (
    <>
      <FormErrorNotice errors={errors} />
      <form class="form" method="post" action={addresses.invitation(secret)}>
        <NewPersonFields values={values} errors={errors} minPasswordLength={minPasswordLength} />
        <div class="actions">
          <button class="button main" type="submit">
            {strings.identity.createAccount}
          </button>
        </div>
      </form>
    </>
  );
}
