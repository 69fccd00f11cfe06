import type { FastifyRequest } from "fastify";
import {
  CHOICES,
  MAX_SHOWN_CONFLICTS,
  type Resolution,
  type Resolutions,
} from "../../application/conflict-resolution.ts";

/** Returns a field of a submitted form, empty if it is missing. */
export function field(request: FastifyRequest, name: string): string {
  const value = (request.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : "";
}

const CONFLICT_NAMES = [
  "title",
  ...Array.from({ length: MAX_SHOWN_CONFLICTS }, (_, index) => String(index + 1)),
];

/** Returns the choices and own texts that a form contains, by conflict. */
export function resolutionsIn(request: FastifyRequest): Resolutions {
  const resolutions = new Map<string, Resolution>();
  for (const name of CONFLICT_NAMES) {
    const choice = CHOICES.find((one) => one === field(request, `choice-${name}`));
    const own = (request.body as Readonly<Record<string, unknown>>)[`own-${name}`];
    if (choice === undefined && typeof own !== "string") continue;
    resolutions.set(name, {
      ...(choice === undefined ? {} : { choice }),
      ...(typeof own === "string" ? { own } : {}),
    });
  }
  return resolutions;
}
