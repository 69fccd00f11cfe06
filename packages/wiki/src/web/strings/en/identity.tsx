import type { Link, Part } from "../nodes.tsx";

/** Accounts: signing in and up, the first administrator, one's own account. */
export const identity = {
  name: "Name",
  nameHint: "Shown beside your changes.",
  email: "E-mail",
  emailHint: "For signing in. Others don’t see it.",
  password: "Password",
  passwordHint: (minLength: number) => `At least ${minLength} characters.`,

  signedOut: "You are signed out.",
  signInRequired: "Sign in to continue.",
  noAccount: (createAccount: Link) => <>No account yet? {createAccount("Create account")}</>,
  noAccountClosed: "No account yet? Ask an administrator of this wiki.",

  createAccount: "Create account",
  newAccountsRead: (signIn: Link) => (
    <>
      New accounts can read. An administrator can make you an editor. Already have an account?{" "}
      {signIn("Sign in")}
    </>
  ),

  administratorExists: "This wiki already has an administrator.",
  linkInvalid: "This link isn’t valid. The server’s log shows the current link after each start.",

  acceptInvitation: "Accept invitation",
  invitedAs: (wikiName: Part, role: Part) => (
    <>
      You are invited to {wikiName} as: {role}.
    </>
  ),
  invitationInvalid: "This invitation was used or has expired. Ask an administrator for another one.",
  signedInAs: (name: Part) => (
    <>You are signed in as {name}. Sign out to accept the invitation for another person.</>
  ),

  account: "Your account",
  role: "Role",
  roles: {
    reader: "Reader (can read pages)",
    editor: "Editor (can read and edit pages)",
    admin: "Administrator (can do everything)",
  },
  yourDrafts: "Your drafts",
  setUpWiki: "Set up this wiki",
  tokens: "API tokens",
  aboutTokens: (header: Part) => <>Programs use a token to call the API as you. They send it as {header}.</>,
  tokenName: "Token name",
  createToken: "Create token",
  tokenCreated: (name: Part) => <>Token {name} created. Copy it now: it is shown only once.</>,
  createdAt: (time: Part) => <>created {time}</>,
  revoke: "Revoke",
  revokeToken: (name: string) => `Revoke ${name}`,
  tokenRevoked: "Token revoked.",
};
