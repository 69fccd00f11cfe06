/** Returns a deep copy of plain data, in which nothing that can change is shared with the original. */
export function clone<T>(value: T): T {
  return cloneUnknown(value) as T;
}

function cloneUnknown(value: unknown): unknown {
  // Strings, which may be megabytes, are shared: that is what structuredClone would not do.
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneUnknown);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cloneUnknown(inner)]));
  }
  if (value instanceof Map)
    return new Map([...value].map(([key, inner]) => [cloneUnknown(key), cloneUnknown(inner)]));
  if (value instanceof Set) return new Set([...value].map(cloneUnknown));
  return structuredClone(value);
}
