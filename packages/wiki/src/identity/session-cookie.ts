import { createHmac, timingSafeEqual } from "node:crypto";

export const COOKIE_PREFIX = "palimpsest";

/** The cookie that holds the token of a session with its signature, as better-auth sets it. */
export class SessionCookie {
  readonly #name: string;
  readonly #isSecure: boolean;
  readonly #secret: string;

  constructor({ secret, secureCookies }: { readonly secret: string; readonly secureCookies: boolean }) {
    this.#name = `${secureCookies ? "__Secure-" : ""}${COOKIE_PREFIX}.session_token`;
    this.#isSecure = secureCookies;
    this.#secret = secret;
  }

  /** Returns the encoded value in a `Cookie` header, without checking its signature. */
  valueIn(header: string): string | undefined {
    for (const pair of header.split(";")) {
      const equals = pair.indexOf("=");
      if (equals > 0 && pair.slice(0, equals).trim() === this.#name) return pair.slice(equals + 1).trim();
    }
    return undefined;
  }

  /** Returns the session token in a value; undefined if its signature is wrong. */
  tokenOf(value: string): string | undefined {
    const text = decoded(value);
    const dot = text.lastIndexOf(".");
    if (dot < 1) return undefined;
    const token = text.slice(0, dot);
    const signature = Buffer.from(text.slice(dot + 1));
    const expected = Buffer.from(createHmac("sha256", this.#secret).update(token).digest("base64"));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined;
    return token;
  }

  /** Returns the `Set-Cookie` header that deletes the cookie. */
  deletion(): string {
    return `${this.#name}=; Max-Age=0; Path=/; HttpOnly${this.#isSecure ? "; Secure" : ""}; SameSite=Lax`;
  }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
