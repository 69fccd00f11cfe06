import { CodedError } from "@palimpsest/eventsourcing";

/** Nobody was signed in. The message is the same whether the e-mail is unknown or the password is wrong. */
export class SignInFailedError extends CodedError {
  readonly code = "sign-in-failed";

  constructor() {
    super("The e-mail or the password is wrong.");
  }
}

/** This wiki does not let strangers make accounts. Nothing was stored. */
export class SignUpClosedError extends CodedError {
  readonly code = "sign-up-closed";

  constructor() {
    super("Signing up is closed; ask an administrator of this wiki for an account.");
  }
}

/** Another account has this e-mail, in whatever case it was written. Nothing was stored. */
export class EmailTakenError extends CodedError {
  readonly code = "email-taken";
  readonly email: string;

  constructor(email: string) {
    super(`There is an account for ${email} already.`);
    this.email = email;
  }
}

/** The text is not an e-mail address, or too long for one. Nothing was stored. */
export class InvalidEmailError extends CodedError {
  readonly code = "invalid-email";

  constructor(email: string, limit: number) {
    super(
      `${quote(email)} is not an e-mail address of at most ${limit} characters, such as ada@example.org.`,
    );
  }
}

/** The name of a person or a token cannot be shown safely on one line. Nothing was stored. */
export class InvalidNameError extends CodedError {
  readonly code = "invalid-name";

  constructor(name: string, limit: number) {
    super(
      `${quote(name)} cannot be a name: it must have 1 to ${limit} characters, ` +
        "without line breaks, control characters and marks that turn the direction of text.",
    );
  }
}

/** The password is too short or too long. The message does not repeat it. Nothing was stored. */
export class WeakPasswordError extends CodedError {
  readonly code = "weak-password";
  readonly minLength: number;
  readonly maxLength: number;

  constructor(actualLength: number, minLength: number, maxLength: number) {
    super(
      `The password has ${actualLength} characters; it must have at least ${minLength} and at most ${maxLength}.`,
    );
    this.minLength = minLength;
    this.maxLength = maxLength;
  }
}

/** No account has this id. */
export class PersonNotFoundError extends CodedError {
  readonly code = "person-not-found";
  readonly personId: string;

  constructor(personId: string) {
    super(`There is no account with the id ${quote(personId)}.`);
    this.personId = personId;
  }
}

/** The person has no such token: it was revoked before, or is somebody else's. Nothing changed. */
export class TokenNotFoundError extends CodedError {
  readonly code = "token-not-found";
  readonly tokenId: string;

  constructor(tokenId: string) {
    super(`There is no token with the id ${quote(tokenId)}.`);
    this.tokenId = tokenId;
  }
}

/** No first administrator was made. `reason` tells a wrong link from one that comes too late. */
export class FirstAdministratorRefusedError extends CodedError {
  readonly code = "first-administrator-refused";
  readonly reason: "wrong-token" | "administrator-exists";

  constructor(reason: "wrong-token" | "administrator-exists") {
    super(
      reason === "wrong-token"
        ? "This is not the link for the first administrator; the server's log shows the right one when it starts."
        : "This wiki has an administrator already, and the link works once; sign in, or ask for an account.",
    );
    this.reason = reason;
  }
}

/** The secret that signs cookies is missing or too short. `source` is the setting or the file it came from. */
export class InvalidSecretError extends CodedError {
  readonly code = "invalid-secret";
  readonly source: string;

  constructor(source: string, why: string, cause?: unknown) {
    super(`The secret of ${source} cannot be used: ${why}`, { cause });
    this.source = source;
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
