import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { InvalidArgumentError, UnreadableStateError } from "../errors.ts";

/** A key for AES-256, and its name, which is stored with each encrypted state. */
export interface CipherKey {
  /** 1 to 32 letters, digits, `-` and `_`. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

// The first byte of an encrypted state. Neither JSON text nor gzip begins with it, so encrypted states are recognised by it.
const ENCRYPTED = 0x01;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts with AES-256-GCM. The first of `keys` encrypts, all of them decrypt; add a new key in front to change keys.
 * Layout: 0x01, length of the key's id, the id, nonce (12 bytes), tag (16), ciphertext. A random nonce is safe for
 * 2^32 states under one key (NIST SP 800-38D, 8.3).
 */
export class Cipher {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #first: CipherKey | undefined;

  /** @throws InvalidArgumentError naming the key that is not one */
  constructor(keys: readonly CipherKey[]) {
    for (const { id, key } of keys) {
      if (!/^[\w-]{1,32}$/.test(id))
        throw new InvalidArgumentError("the id of a cipher key", id, "1 to 32 word characters");
      if (key.length !== 32) {
        throw new InvalidArgumentError(`the length of cipher key "${id}"`, key.length, "32 bytes");
      }
    }
    this.#keys = new Map(keys.map(({ id, key }) => [id, key]));
    if (this.#keys.size < keys.length)
      throw new InvalidArgumentError(
        "cipher keys",
        keys.map(({ id }) => id),
        "each of another id",
      );
    this.#first = keys[0];
  }

  /** Returns `plain` encrypted and bound to `context`; unchanged when there are no keys. */
  encrypt(plain: Uint8Array, context: string): Uint8Array {
    if (this.#first === undefined) return plain;
    const { id, key } = this.#first;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
    const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([
      Buffer.from([ENCRYPTED, id.length]),
      Buffer.from(id),
      nonce,
      cipher.getAuthTag(),
      ciphertext,
    ]);
  }

  /** Returns what `encrypt` was given, or `stored` itself if it is not encrypted. @throws UnreadableStateError */
  decrypt(stored: Uint8Array, context: string): Uint8Array {
    if (stored[0] !== ENCRYPTED) return stored;
    const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
    const nonceAt = 2 + (bytes[1] ?? 0);
    const id = bytes.toString("utf8", 2, nonceAt);
    const key = this.#keys.get(id);
    if (key === undefined) {
      throw new UnreadableStateError(
        context,
        `it is encrypted with the key "${id}", which is not configured.`,
      );
    }
    const nonce = bytes.subarray(nonceAt, nonceAt + NONCE_BYTES);
    const tag = bytes.subarray(nonceAt + NONCE_BYTES, nonceAt + NONCE_BYTES + TAG_BYTES);
    try {
      const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(context))
        .setAuthTag(tag);
      return Buffer.concat([
        decipher.update(bytes.subarray(nonceAt + NONCE_BYTES + TAG_BYTES)),
        decipher.final(),
      ]);
    } catch (cause) {
      throw new UnreadableStateError(
        context,
        `the key "${id}" does not open it; it was altered or moved.`,
        cause,
      );
    }
  }
}

/**
 * Reads keys written as `id:base64,id:base64`, in that order; none from an empty text. `setting` is where the text
 * is from.
 * @throws InvalidArgumentError naming the setting, without repeating any key
 */
export function parseCipherKeys(text: string, setting = "the cipher keys"): readonly CipherKey[] {
  if (text.trim() === "") return [];
  return text.split(",").map((part, index) => {
    const [, id, base64] = /^\s*([\w-]{1,32}):([A-Za-z0-9+/]{43}=)\s*$/.exec(part) ?? [];
    if (id === undefined || base64 === undefined) {
      throw new InvalidArgumentError(
        `number ${index + 1} of ${setting}`,
        "(not shown)",
        "id:base64 of 32 bytes",
      );
    }
    return { id, key: Buffer.from(base64, "base64") };
  });
}
