/** Decisions of the protocol of view stores that every backend makes in the same way. */
import { TrackingConflictError } from "../errors.ts";
import { GenerationGoneError, LeaseLostError } from "./view-errors.ts";
import type { Generation, Lease, ViewWrite } from "./view-store.ts";

export type GenerationKey = Pick<Generation, "view" | "number">;

/**
 * The last holder may write after its lease has expired, because nobody else has written since.
 * @throws LeaseLostError
 */
export function checkLease({ name, holder }: Lease, lastHolder: string | undefined): void {
  if (holder !== lastHolder) throw new LeaseLostError(name);
}

/** @throws GenerationGoneError if the generation does not exist */
export function checkExists<Stored>({ view, number }: GenerationKey, stored: Stored | undefined): Stored {
  if (stored === undefined) throw new GenerationGoneError(view, number);
  return stored;
}

/** @throws TrackingConflictError */
export function checkPosition(
  { from, to }: Pick<ViewWrite<unknown>, "from" | "to">,
  stored: GenerationKey & Pick<Generation, "position">,
): void {
  if (stored.position !== from) throw new TrackingConflictError(stored.view, to, stored.position);
}

/** Returns the generation of this version that is being built, if there is one. */
export function generationInProgress(
  generations: readonly Generation[],
  version: number,
): Generation | undefined {
  return generations.find((generation) => !generation.active && generation.version === version);
}

/** Returns `skipped` with `notificationId` added, or undefined unless the generation is stopped at that notification. */
export function skippedWith(
  { skipped, stopped }: Generation,
  notificationId: number,
): readonly number[] | undefined {
  return stopped?.notificationId === notificationId ? [...skipped, notificationId] : undefined;
}
