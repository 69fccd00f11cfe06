const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Parses an instant in ISO 8601, such as `2026-03-03T12:00:00Z`, with any offset. A date without time means its last
 * millisecond in UTC. Returns undefined for any other text.
 */
export function parseInstant(text: string): Date | undefined {
  const complete = DATE.test(text) ? `${text}T23:59:59.999Z` : text;
  if (!DATE_TIME.test(complete)) return undefined;
  const instant = new Date(complete);
  // `Date` accepts 30 February as 2 March.
  const day = new Date(`${complete.slice(0, 10)}T00:00:00Z`);
  const exists = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(complete.slice(0, 10));
  return exists && !Number.isNaN(instant.getTime()) ? instant : undefined;
}
