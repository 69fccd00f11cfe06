import { isFlat, isObject, isPlainObject } from "./clone.ts";

/** Where two values differ: `path` from the root, such as `lines[0].quantity`. */
export interface Difference {
  readonly path: string;
  readonly left: unknown;
  readonly right: unknown;
}

/**
 * Returns the first difference between two states, or undefined if they are equal. An object that one side holds in two
 * places must be one object on the other side as well. Instances of classes other than Date, Map, Set and byte arrays
 * are equal if they are the same instance.
 */
export function findDifference(left: unknown, right: unknown, path = ""): Difference | undefined {
  if (isFlat(left) && isFlat(right)) return compare(left, right, path, "exact");
  return compare(left, right, path, { toRight: new Map(), toLeft: new Map() });
}

/**
 * Returns the first place where `value` lacks or contradicts a part of `required`, or undefined if there is none.
 * Fields of objects in `value` that `required` does not have are ignored unless `exact`.
 */
export function findMissing(
  value: unknown,
  required: unknown,
  path: string,
  { exact }: { readonly exact: boolean },
): Difference | undefined {
  return compare(value, required, path, exact ? "exact" : "part");
}

/** The objects met so far on both sides, or how to compare trees. */
type Mode =
  | { readonly toRight: Map<object, object>; readonly toLeft: Map<object, object> }
  | "exact"
  | "part";

function compare(left: unknown, right: unknown, path: string, mode: Mode): Difference | undefined {
  const different: Difference = { path, left, right };
  if (!isObject(left) || !isObject(right)) return Object.is(left, right) ? undefined : different;
  if (typeof mode === "string") {
    if (left === right) return undefined;
  } else if (mode.toRight.has(left) || mode.toLeft.has(right)) {
    return mode.toRight.get(left) === right ? undefined : different;
  } else {
    mode.toRight.set(left, right);
    mode.toLeft.set(right, left);
  }
  if (Array.isArray(left)) {
    return Array.isArray(right) && left.length === right.length
      ? compareItems(left, right, path, mode)
      : different;
  }
  if (isPlainObject(left)) {
    return !Array.isArray(right) && isPlainObject(right) ? compareFields(left, right, path, mode) : different;
  }
  if (left instanceof Map && right instanceof Map && left.size === right.size)
    return compareItems([...left].flat(), [...right].flat(), path, mode);
  if (left instanceof Set && right instanceof Set && left.size === right.size)
    return compareItems([...left], [...right], path, mode);
  return isSameValue(left, right) ? undefined : different;
}

function compareItems(
  left: readonly unknown[],
  right: readonly unknown[],
  path: string,
  mode: Mode,
): Difference | undefined {
  for (let index = 0; index < left.length; index += 1) {
    const item = left[index];
    // Without a path, which would take most of the time for a list of numbers.
    if (!isObject(item) && Object.is(item, right[index])) continue;
    const found = compare(item, right[index], `${path}[${index}]`, mode);
    if (found !== undefined) return found;
  }
  return undefined;
}

function compareFields(
  left: Readonly<Record<string, unknown>>,
  right: Readonly<Record<string, unknown>>,
  path: string,
  mode: Mode,
): Difference | undefined {
  // A field that is undefined equals a field that is missing, since neither is stored.
  for (const key of Object.keys(right)) {
    const found = compare(own(left, key), right[key], joined(path, key), mode);
    if (found !== undefined) return found;
  }
  if (mode === "part") return undefined;
  for (const key of Object.keys(left)) {
    if (!Object.hasOwn(right, key) && left[key] !== undefined)
      return { path: joined(path, key), left: left[key], right: undefined };
  }
  return undefined;
}

function isSameValue(left: object, right: object): boolean {
  if (left === right) return true;
  if (left instanceof Date && right instanceof Date) return Object.is(left.getTime(), right.getTime());
  const [leftBytes, rightBytes] = [bytesOf(left), bytesOf(right)];
  if (leftBytes && rightBytes && left.constructor === right.constructor) return leftBytes.equals(rightBytes);
  return false;
}

function bytesOf(value: object): Buffer | undefined {
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  return ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : undefined;
}

function own(fields: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function joined(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
