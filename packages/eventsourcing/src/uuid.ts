import { v5 } from "uuid";

/** The namespace for names that are URLs or paths (RFC 9562, 6.6). */
export const NAMESPACE_URL: string = v5.URL;

/** Returns the version-5 UUID of `name` in `namespace`: always the same one (RFC 9562, 5.5). */
export function uuid5(namespace: string, name: string): string {
  return v5(name, namespace);
}
