import { z } from "zod";

/**
 * Returns a schema that accepts what `schema` accepts. Zod copies what it checks, which takes tens of milliseconds for
 * the diff of a large page, so `schema` is used only for the faults of a value that `isValid` refuses.
 */
export function withoutCopy<T>(
  schema: z.ZodType<T, T>,
  isValid: (value: Readonly<Record<string, unknown>>) => boolean,
): z.ZodType<T, T> {
  return z.custom<T>().check((context) => {
    const { value } = context;
    if (typeof value === "object" && value !== null && isValid(value as Record<string, unknown>)) return;
    for (const issue of schema.safeParse(value).error?.issues ?? [])
      context.issues.push({ ...issue, input: value } as (typeof context.issues)[number]);
  });
}
