import { describe, expect, it } from "vitest";
import { contentEncodingFor } from "./content-encoding.ts";

describe("contentEncodingFor", () => {
  it.each([
    ["gzip, deflate, br", "br"],
    ["gzip, deflate", "gzip"],
    ["br ; q=0 ,gzip;q=0.5", "gzip"],
    ["BR\t;\tq=1.0", "br"],
    ["br;q=0.000, gzip;q=0", "identity"],
    ["identity", "identity"],
    ["", "identity"],
    ["zstd", undefined],
  ])("returns for %j the encoding %j", (header, encoding) => {
    expect(contentEncodingFor({ "accept-encoding": header })).toBe(encoding);
  });

  it("returns identity without the header", () => {
    expect(contentEncodingFor({})).toBe("identity");
  });
});
