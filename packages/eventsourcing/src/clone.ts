import { ProgrammingError } from "./errors.ts";

/**
 * Returns a deep copy of plain data, in which nothing that can change is shared with the original. Instances of
 * classes, other than dates, maps, sets and bytes, are taken for values that never change, and are shared.
 * @throws ProgrammingError where there is a function, which no copy can be made of
 */
export function clone<T>(value: T): T {
  return cloneUnknown(value) as T;
}

function cloneUnknown(value: unknown): unknown {
  if (typeof value === "function") {
    const source = String(value).slice(0, 60);
    throw new ProgrammingError(
      `A function is where only data can be, since it could not be stored: ${source}`,
    );
  }
  // Strings, which may be megabytes, are shared: that is what structuredClone would not do.
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneUnknown);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return cloneFields(value);
  if (value instanceof Date) return new Date(value);
  if (value instanceof Map)
    return new Map([...value].map(([key, inner]) => [cloneUnknown(key), cloneUnknown(inner)]));
  if (value instanceof Set) return new Set([...value].map(cloneUnknown));
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? structuredClone(value) : value;
}

function cloneFields(fields: object): object {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) setField(copy, key, cloneUnknown(value));
  return copy;
}

/** Gives `target` a field of its own, whatever it is called: an assignment to `__proto__` would make none. */
export function setField(target: object, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    (target as Record<string, unknown>)[key] = value;
  }
}
