import type { FastifyRequest } from "fastify";
import {
  CHOICES,
  MAX_SHOWN_CONFLICTS,
  type Resolution,
  type Resolutions,
} from "../../application/conflict-resolution.ts";
import { slugFromAddress } from "../../content/slug.ts";

/** Returns a field of a submitted form, empty if it is missing. */
export function field(request: FastifyRequest, name: string): string {
  return textOf(request, name) ?? "";
}

/** Returns the address in a submitted form as a slug, or as it was typed if it cannot be converted. */
export function slugField(request: FastifyRequest): string {
  const typed = field(request, "slug").trim();
  return slugFromAddress(typed) || typed;
}

function textOf({ body }: FastifyRequest, name: string): string | undefined {
  const value = (body as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
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
    const own = textOf(request, `own-${name}`);
    if (choice === undefined && own === undefined) continue;
    resolutions.set(name, {
      ...(choice === undefined ? {} : { choice }),
      ...(own === undefined ? {} : { own }),
    });
  }
  return resolutions;
}
