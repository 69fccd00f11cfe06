import type { FastifyRequest } from "fastify";
import {
  CHOICES,
  MOST_SETTLED,
  type Settlement,
  type Settlements,
} from "../../application/conflict-resolution.ts";
import { field } from "../form.ts";

/** The names that places to settle can have in a form, in order. */
const PLACES = ["title", ...Array.from({ length: MOST_SETTLED }, (_, index) => String(index + 1))];

/** Returns what was chosen and typed for each place, as far as anything came. */
export function settlementsIn(request: FastifyRequest): Settlements {
  const settlements = new Map<string, Settlement>();
  for (const name of PLACES) {
    const choice = CHOICES.find((one) => one === field(request, `choice-${name}`));
    const own = (request.body as Readonly<Record<string, unknown>>)[`own-${name}`];
    if (choice === undefined && typeof own !== "string") continue;
    settlements.set(name, {
      ...(choice === undefined ? {} : { choice }),
      ...(typeof own === "string" ? { own } : {}),
    });
  }
  return settlements;
}
