import { AsyncLocalStorage } from "node:async_hooks";

/** What is known about the work under way without being passed to it. */
export interface Context {
  /** Whoever gave the command; null where nobody is known. */
  readonly userId: string | null;
  /** Joins everything that one request set off; undefined until someone says. */
  readonly correlationId?: string | undefined;
  /** The id of the event whose processing led here. */
  readonly causationId?: string | undefined;
}

const NOBODY: Context = { userId: null };
const ambient = new AsyncLocalStorage<Context>();

/** Returns the context that the caller runs in; with no user where none was entered. */
export function currentContext(): Context {
  return ambient.getStore() ?? NOBODY;
}

/** Returns the user that the caller runs as, or null. */
export function currentUserId(): string | null {
  return currentContext().userId;
}

/**
 * Runs `work` with `changes` to the current context, and returns what it returns. The context holds for all that
 * `work` starts, and ends with it. What is begun lazily keeps the context of its beginning, and an async generator
 * has that of its consumer: enter the context inside those.
 */
export function withContext<T>(changes: Partial<Context>, work: () => T): T {
  return ambient.run({ ...currentContext(), ...changes }, work);
}

/** Runs `work` as the user `userId`: each event triggered in it carries that id. */
export function asUser<T>(userId: string, work: () => T): T {
  return withContext({ userId }, work);
}
