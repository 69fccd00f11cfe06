import { CodedError } from "@palimpsest/eventsourcing";

/** Signing in failed. The message does not reveal whether the e-mail is known. */
export class SignInFailedError extends CodedError {
  readonly code = "sign-in-failed";

  constructor() {
    super("Wrong e-mail or password.");
  }
}

/** Only administrators create accounts in this wiki. Nothing was stored. */
export class SignUpClosedError extends CodedError {
  readonly code = "sign-up-closed";

  constructor() {
    super("Sign-up is closed. Ask an administrator of this wiki for an account.");
  }
}

/** Another account has this e-mail, ignoring case. Nothing was stored. */
export class EmailTakenError extends CodedError {
  readonly code = "email-taken";
  readonly email: string;

  constructor(email: string) {
    super(`An account for ${email} already exists.`);
    this.email = email;
  }
}

/** The text is not an e-mail address, or too long for one. Nothing was stored. */
export class InvalidEmailError extends CodedError {
  readonly code = "invalid-email";

  constructor(email: string, limit: number) {
    super(
      `E-mail ${quote(email)} is invalid; expected an address of at most ${limit} characters, such as ada@example.org.`,
    );
  }
}

/** The name of a person or a token is empty, too long or has characters that do not fit on one line. Nothing was stored. */
export class InvalidNameError extends CodedError {
  readonly code = "invalid-name";

  constructor(name: string, limit: number) {
    super(
      `Name ${quote(name)} is invalid; expected 1 to ${limit} characters without line breaks, control characters and ` +
        "characters that change the direction of text.",
    );
  }
}

/** The password is too short or too long. Nothing was stored. */
export class WeakPasswordError extends CodedError {
  readonly code = "weak-password";
  readonly minLength: number;
  readonly maxLength: number;

  constructor(actualLength: number, minLength: number, maxLength: number) {
    super(`Password is ${actualLength} characters long; expected ${minLength} to ${maxLength}.`);
    this.minLength = minLength;
    this.maxLength = maxLength;
  }
}

/** No account has this id. */
export class PersonNotFoundError extends CodedError {
  readonly code = "person-not-found";
  readonly personId: string;

  constructor(personId: string) {
    super(`Account ${quote(personId)} does not exist.`);
    this.personId = personId;
  }
}

/** The person has no such token. It may have been revoked. */
export class TokenNotFoundError extends CodedError {
  readonly code = "token-not-found";
  readonly tokenId: string;

  constructor(tokenId: string) {
    super(`You have no token with the id ${quote(tokenId)}.`);
    this.tokenId = tokenId;
  }
}

/** No administrator was created. */
export class FirstAdministratorRefusedError extends CodedError {
  readonly code = "first-administrator-refused";
  readonly reason: "wrong-token" | "administrator-exists";

  constructor(reason: "wrong-token" | "administrator-exists") {
    super(
      reason === "wrong-token"
        ? "The link is wrong. The server prints the right one when it starts."
        : "The link was used: this wiki has an administrator. Sign in, or ask an administrator for an account.",
    );
    this.reason = reason;
  }
}

/** The invitation was accepted, has expired or never existed. No account was created. */
export class InvitationInvalidError extends CodedError {
  readonly code = "invitation-invalid";

  constructor() {
    super("The invitation was accepted, has expired or never existed. Ask an administrator for another one.");
  }
}

/** The secret that signs cookies is too short or unreadable. `source` is its setting or file. */
export class InvalidSecretError extends CodedError {
  readonly code = "invalid-secret";
  readonly source: string;

  constructor(source: string, why: string, cause?: unknown) {
    super(`The secret in ${source} is unusable: ${why}`, { cause });
    this.source = source;
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
