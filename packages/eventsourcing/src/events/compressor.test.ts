import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compress, decompress } from "./compressor.ts";

const text = fc.string({ maxLength: 3_000 }).map((string) => Buffer.from(JSON.stringify(string)));

describe("compression", () => {
  it("restores the original bytes under either setting", () => {
    fc.assert(
      fc.property(text, fc.constantFrom("gzip" as const, "none" as const), (bytes, setting) => {
        expect(Buffer.from(decompress(compress(bytes, setting))).equals(bytes)).toBe(true);
      }),
    );
  });

  it("shortens a long repetitive text", () => {
    expect(compress(Buffer.alloc(10_000, "dog "), "gzip").length).toBeLessThan(200);
  });

  it("stores states unchanged that are short or would not become shorter", () => {
    const short = Buffer.alloc(511, "a");
    const noise = Buffer.from(`"${randomBytes(600).toString("latin1")}"`, "latin1");
    expect(compress(short, "gzip")).toBe(short);
    expect(compress(noise, "gzip")).toBe(noise);
    expect(compress(Buffer.alloc(512, "a"), "gzip").length).toBeLessThan(512);
  });
});
