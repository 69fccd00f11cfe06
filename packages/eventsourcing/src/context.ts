import { AsyncLocalStorage } from "node:async_hooks";

/** Who acts and which request the work belongs to, available without being passed as an argument. */
export interface Context {
  /** The user who gave the command; null if unknown. */
  readonly userId: string | null;
  /** Joins the events that one request caused. */
  readonly correlationId?: string | undefined;
  /** The id of the event that is being processed. */
  readonly causationId?: string | undefined;
}

const NOBODY: Context = { userId: null };
const ambient = new AsyncLocalStorage<Context>();

/** Returns the current context. Outside `withContext` it has no user. */
export function currentContext(): Context {
  return ambient.getStore() ?? NOBODY;
}

/** Returns the id of the current user, or null. */
export function currentUserId(): string | null {
  return currentContext().userId;
}

/**
 * Runs `work` with `changes` to the current context, and returns its result. Timers and promises that `work` starts
 * keep the context. An async generator runs in the context of its consumer: call `withContext` inside it.
 */
export function withContext<T>(changes: Partial<Context>, work: () => T): T {
  return ambient.run({ ...currentContext(), ...changes }, work);
}

/** Runs `work` as the user `userId`, and returns its result. Ambient fields of events can read the id. */
export function asUser<T>(userId: string, work: () => T): T {
  return withContext({ userId }, work);
}
