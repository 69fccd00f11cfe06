import { ProgrammingError } from "./errors.ts";

/**
 * Returns a deep copy of plain data that shares no mutable part with the original. An object that the original holds
 * in two places is one object in the copy as well; cycles are kept. Instances of classes other than Date, Map, Set and
 * byte arrays are values: the copy holds the same instances.
 * @throws ProgrammingError if the data holds a function
 */
export function clone<T>(value: T): T {
  return (isFlat(value) ? { ...value } : cloneValue(value, new Map(), "same")) as T;
}

/**
 * Returns a deep copy of event data, as storing and reading it would give: without fields that are undefined, and with
 * object literals in place of objects without a prototype.
 * @throws ProgrammingError if the data holds a function
 */
export function cloneAsStored<T>(value: T): T {
  const isCopied = isFlat(value) && !Object.values(value).includes(undefined);
  return (isCopied ? { ...value } : cloneValue(value, new Map(), "stored")) as T;
}

/** Returns true if `value` is an object of primitive values only. Most events and many states are such objects and need no search. */
export function isFlat(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return false;
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key];
    if ((typeof inner === "object" && inner !== null) || typeof inner === "function") return false;
  }
  return true;
}

type Form = "same" | "stored";

/** @param copies the copies made so far, by their originals */
function cloneValue(value: unknown, copies: Map<object, object>, form: Form): unknown {
  if (typeof value === "function") throw functionFound(value);
  // structuredClone would copy strings, which may be megabytes long.
  if (typeof value !== "object" || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    copies.set(value, copy);
    for (const item of value) copy.push(isPrimitive(item) ? item : cloneValue(item, copies, form));
    return copy;
  }
  if (isPlainObject(value)) {
    const copy = form === "same" && Object.getPrototypeOf(value) === null ? Object.create(null) : {};
    copies.set(value, copy);
    for (const key of Object.keys(value)) {
      const inner = value[key];
      if (inner !== undefined || form === "same") setField(copy, key, cloneValue(inner, copies, form));
    }
    return copy;
  }
  return cloneInstance(value, copies, form);
}

function isPrimitive(value: unknown): boolean {
  return (typeof value !== "object" && typeof value !== "function") || value === null;
}

function cloneInstance(value: object, copies: Map<object, object>, form: Form): object {
  if (value instanceof Map) {
    const copy = new Map<unknown, unknown>();
    copies.set(value, copy);
    for (const [key, inner] of value)
      copy.set(cloneValue(key, copies, form), cloneValue(inner, copies, form));
    return copy;
  }
  if (value instanceof Set) {
    const copy = new Set<unknown>();
    copies.set(value, copy);
    for (const item of value) copy.add(cloneValue(item, copies, form));
    return copy;
  }
  if (value instanceof Date) return remember(copies, value, new Date(value));
  const isBytes = ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
  return isBytes ? remember(copies, value, structuredClone(value)) : value;
}

function remember(copies: Map<object, object>, original: object, copy: object): object {
  copies.set(original, copy);
  return copy;
}

function functionFound(value: unknown): ProgrammingError {
  const source = String(value).slice(0, 60);
  return new ProgrammingError(
    `State and event data hold plain data only, and a function was found: ${source}`,
  );
}

/** Returns true if `value` is an object of any kind, and not null. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Returns true if `value` is an object literal or has no prototype. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Sets an own field of `target`. A plain assignment to `__proto__` would set the prototype instead. */
export function setField(target: object, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    (target as Record<string, unknown>)[key] = value;
  }
}
