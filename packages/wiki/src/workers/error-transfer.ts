import { CodedError, InvalidArgumentError, LimitExceededError } from "@palimpsest/eventsourcing";
import { DiffMismatchError } from "../content/diff.ts";
import { InvalidSlugError } from "../content/slug.ts";

/** An error as plain data, since messages between threads lose the class and the fields of an error. */
export interface TransferredError {
  readonly className: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: object;
}

/** The classes of expected errors that tasks throw. */
const CLASSES = new Map<string, { readonly prototype: Error }>(
  [DiffMismatchError, InvalidArgumentError, InvalidSlugError, LimitExceededError].map((type) => [
    type.name,
    type,
  ]),
);

export function transferError(thrown: unknown): TransferredError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { message, stack } = error;
  return { className: error.constructor.name, message, stack, fields: { ...error } };
}

/** Returns an equal error: of the same class if tasks are expected to throw it, else a `CodedError` or an `Error`. */
export function restoreError({ className, message, stack, fields }: TransferredError): Error {
  const { prototype } = CLASSES.get(className) ?? ("code" in fields ? CodedError : Error);
  const error = Object.setPrototypeOf(new Error(message), prototype);
  Object.defineProperty(error, "stack", { value: stack });
  return Object.assign(error, fields);
}
