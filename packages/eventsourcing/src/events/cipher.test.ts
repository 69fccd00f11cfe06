import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError, UnreadableStateError } from "../errors.ts";
import { Cipher, type CipherKey, parseCipherKeys } from "./cipher.ts";

const key = (id: string): CipherKey => ({ id, key: randomBytes(32) });
const [old, present] = [key("2025"), key("2026")];
const plain = Buffer.from('{"data":{"title":"secret"}}');

describe("the cipher", () => {
  it("decrypts to the original bytes, which the encrypted bytes do not contain", () => {
    const cipher = new Cipher([present]);
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (bytes, context) => {
        const stored = cipher.encrypt(bytes, context);
        expect(Buffer.from(cipher.decrypt(stored, context)).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
    expect(Buffer.from(cipher.encrypt(plain, "x")).includes("secret")).toBe(false);
  });

  it("encrypts the same bytes differently each time", () => {
    const cipher = new Cipher([present]);
    expect(cipher.encrypt(plain, "x")).not.toEqual(cipher.encrypt(plain, "x"));
  });

  it("encrypts with the first key and decrypts with any, so that keys can be changed", () => {
    const before = new Cipher([old]).encrypt(plain, "x");
    const rotated = new Cipher([present, old]);
    expect(rotated.decrypt(before, "x")).toEqual(plain);
    expect(new Cipher([present]).decrypt(rotated.encrypt(plain, "x"), "x")).toEqual(plain);
  });

  it("names a missing key, and refuses another key of the same name", () => {
    const stored = new Cipher([old]).encrypt(plain, "Page.Created 1");
    expect(() => new Cipher([present]).decrypt(stored, "Page.Created 1")).toThrow('"2025"');
    expect(() => new Cipher([]).decrypt(stored, "Page.Created 1")).toThrow(UnreadableStateError);
    expect(() => new Cipher([key("2025")]).decrypt(stored, "Page.Created 1")).toThrow("altered or moved");
  });

  it("refuses bytes that were altered in any place, cut, or moved", () => {
    const cipher = new Cipher([present]);
    const stored = Buffer.from(cipher.encrypt(plain, "Page.Created 1"));
    // The first byte says that it is encrypted: without it these are no bytes of the cipher, and no JSON either.
    for (let at = 1; at < stored.length; at += 1) {
      const altered = Buffer.from(stored);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(() => cipher.decrypt(altered, "Page.Created 1"), `byte ${at}`).toThrow(UnreadableStateError);
      expect(() => cipher.decrypt(stored.subarray(0, at), "Page.Created 1")).toThrow(UnreadableStateError);
    }
    expect(() => cipher.decrypt(stored, "Page.Created 2")).toThrow("altered or moved");
  });

  it("reads unencrypted states, so that keys can be added later", () => {
    expect(new Cipher([present]).decrypt(plain, "x")).toBe(plain);
    expect(new Cipher([]).encrypt(plain, "x")).toBe(plain);
  });

  it("refuses invalid keys", () => {
    expect(() => new Cipher([{ id: "short", key: randomBytes(16) }])).toThrow('"short" must be 32 bytes');
    expect(() => new Cipher([{ id: "a b", key: randomBytes(32) }])).toThrow(InvalidArgumentError);
    expect(() => new Cipher([old, { ...present, id: "2025" }])).toThrow(InvalidArgumentError);
  });
});

describe("cipher keys as text", () => {
  it("are read in their order", () => {
    const text = [old, present].map(({ id, key }) => `${id}:${Buffer.from(key).toString("base64")}`);
    expect(parseCipherKeys(text.join(","))).toEqual([old, present]);
    expect(parseCipherKeys(" ")).toEqual([]);
  });

  it("are refused by an error that names the setting and does not show them", () => {
    const secret = randomBytes(31).toString("base64");
    const attempt = () => parseCipherKeys(`a:${secret}`, "WIKI_CIPHER_KEYS");
    expect(attempt).toThrow(InvalidArgumentError);
    expect(attempt).toThrow("number 1 of WIKI_CIPHER_KEYS");
    expect(attempt).not.toThrow(secret);
  });
});
