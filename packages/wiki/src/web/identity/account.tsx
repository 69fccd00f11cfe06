import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { Field } from "../parts/field.tsx";
import { type FormErrors, FormTrouble } from "../parts/form-errors.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart, Notice } from "../parts/screen.tsx";
import { When } from "../parts/time.tsx";

type Role = "reader" | "editor" | "admin";

type ListedToken = {
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
};

export type AccountProps = {
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly tokens: readonly ListedToken[];
  /** The token that was just made, to be shown this once. */
  readonly newToken?: { readonly name: string; readonly secret: string };
  readonly notice?: "revoked";
  /** What stands in the form for a new token. */
  readonly tokenName?: string;
  readonly errors?: FormErrors<"name">;
};

const roles: Record<Role, string> = {
  reader: "Reader: can read",
  editor: "Editor: can read and write",
  admin: "Administrator: can do everything",
};

/** What the wiki knows about the person who is signed in, and the tokens of their programs. */
export function account(props: AccountProps): Screen {
  return { title: "Your account", body: <Account {...props} /> };
}

function Account(props: AccountProps): VNode {
  const { name, email, role, notice } = props;
  return (
    <MainPart>
      {notice === "revoked" && <Notice>The token is revoked and opens nothing any more.</Notice>}
      <h1>Your account</h1>
      <dl class="facts">
        <dt>Name</dt>
        <dd dir="auto">{name}</dd>
        <dt>E-mail</dt>
        <dd>{email}</dd>
        <dt>Role</dt>
        <dd>{roles[role]}</dd>
      </dl>
      {role !== "reader" && (
        <p class="aside">
          <a href={addresses.drafts}>Your drafts</a>, what you typed and have not saved
        </p>
      )}
      <Tokens {...props} />
    </MainPart>
  );
}

function Tokens({ tokens, newToken, tokenName = "", errors = {} }: AccountProps): VNode {
  return (
    <section aria-labelledby="-tokens">
      <h2 id="-tokens">Tokens</h2>
      <p class="muted">
        A token lets a program use the API in your name, with your role, as <code>Authorization: Bearer</code>
        .
      </p>
      {newToken !== undefined && <NewToken {...newToken} />}
      {tokens.length > 0 && (
        <ul class="tokens">
          {tokens.map((token) => (
            <TokenRow key={token.id} token={token} />
          ))}
        </ul>
      )}
      <FormTrouble errors={errors} />
      <form class="form" method="post" action={addresses.createToken}>
        <div class="row">
          <Field
            name="name"
            label="What the token is for"
            value={tokenName}
            error={errors.name}
            maxLength={100}
          />
          <button class="button" type="submit">
            Create token
          </button>
        </div>
      </form>
    </section>
  );
}

function NewToken({ name, secret }: { name: string; secret: string }): VNode {
  return (
    <Notice>
      <p>
        The token <bdi>{name}</bdi> is made. Copy it now: it is shown this once.
      </p>
      <code class="secret">{secret}</code>
    </Notice>
  );
}

function TokenRow({ token }: { token: ListedToken }): VNode {
  const { id, name, createdAt } = token;
  return (
    <li>
      <div>
        <span class="name" dir="auto">
          {name}
        </span>{" "}
        <span class="muted">
          made <When at={createdAt} />
        </span>
      </div>
      <form method="post" action={addresses.revokeToken}>
        <input type="hidden" name="id" value={id} />
        <button class="button plain undoing" type="submit" aria-label={`Revoke ${name}`}>
          Revoke
        </button>
      </form>
    </li>
  );
}
