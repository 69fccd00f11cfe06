import type { InvalidArgumentError, LimitExceededError } from "@palimpsest/eventsourcing";
import type { TooManyDraftsError } from "../../application/drafts.ts";
import type {
  BaseVersionError,
  PageNotFoundError,
  SlugConflictError,
  UndoRefusedError,
} from "../../application/errors.ts";
import type { FileConflictError, FileTypeRefusedError, InvalidFileError } from "../../application/files.ts";
import type { InvalidSlugError } from "../../content/slug.ts";
import type { ForbiddenError, ProblemCode } from "../../http/errors.ts";
import type {
  EmailTakenError,
  FirstAdministratorRefusedError,
  WeakPasswordError,
} from "../../identity/errors.ts";

/** The errors whose texts contain values. */
type ErrorWithValues =
  | BaseVersionError
  | EmailTakenError
  | FileConflictError
  | FileTypeRefusedError
  | FirstAdministratorRefusedError
  | ForbiddenError
  | InvalidArgumentError
  | InvalidFileError
  | InvalidSlugError
  | LimitExceededError
  | PageNotFoundError
  | SlugConflictError
  | TooManyDraftsError
  | UndoRefusedError
  | WeakPasswordError;

type ErrorOf<Code> = Extract<ErrorWithValues, { readonly code: Code }>;

/** A title and a text for every error that can reach a screen. */
export type ErrorStrings = {
  readonly [Code in ProblemCode]: {
    readonly title: string;
    readonly text: [ErrorOf<Code>] extends [never] ? string : (error: ErrorOf<Code>) => string;
  };
};
