import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsV4Signer } from "aws4fetch";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { S3Server } from "../../../../test/fixtures/s3-server.ts";
import { S3Store } from "./s3-store.ts";

let server: S3Server;
let folder: string;
const secretAccessKey = "a secret";

beforeEach(async () => {
  server = await S3Server.start({ id: "a key", secret: secretAccessKey }, 2);
  folder = mkdtempSync(join(tmpdir(), "palimpsest-s3-"));
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const store = (options: { path?: string; secret?: string } = {}) =>
  new S3Store({
    url: `${server.url}${options.path ?? "/wiki"}`,
    region: "eu-west-1",
    accessKeyId: "a key",
    secretAccessKey: options.secret ?? secretAccessKey,
  });

async function put(blobs: S3Store, key: string, content: string | Buffer): Promise<void> {
  const path = join(folder, "content");
  writeFileSync(path, content);
  const sha256 = createHash("sha256").update(content).digest("hex");
  await blobs.put(key, path, { bytes: Buffer.byteLength(content), sha256 });
}

async function textOf(bytes: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (bytes === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe("an S3-compatible store", () => {
  it.each(["/wiki", "/wiki/some/prefix"])(
    "stores, copies, reads, lists and deletes objects below %s",
    async (path) => {
      const blobs = store({ path });
      await put(blobs, "uploads/one", "0123456789");
      expect(server.objects.get(`${path}/uploads/one`)?.content.toString()).toBe("0123456789");
      expect(await blobs.copy("uploads/one", "sha256/ab/abcd")).toBe(true);
      expect(await blobs.copy("uploads/none", "sha256/ab/none")).toBe(false);
      expect(await textOf(await blobs.get("sha256/ab/abcd"))).toBe("0123456789");
      expect(await textOf(await blobs.get("sha256/ab/abcd", { start: 2, end: 5 }))).toBe("234");
      expect([await blobs.size("uploads/one"), await blobs.size("uploads/two")]).toEqual([10, undefined]);
      for (const name of ["two", "three", "four", "five"]) await put(blobs, `uploads/${name}`, name);
      const keys: string[] = [];
      for await (const { key, bytes, modifiedAt } of blobs.list("uploads/")) {
        keys.push(`${key} ${bytes}`);
        expect(modifiedAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
      }
      expect(keys).toEqual([
        "uploads/five 4",
        "uploads/four 4",
        "uploads/one 10",
        "uploads/three 5",
        "uploads/two 3",
      ]);
      await blobs.delete("uploads/one");
      await blobs.delete("uploads/one");
      expect(await blobs.get("uploads/one")).toBeUndefined();
    },
  );

  it("receives a large file as a stream", async () => {
    const content = Buffer.alloc(20 * 1024 * 1024, "large ");
    await put(store(), "large", content);
    expect(server.objects.get("/wiki/large")?.content.equals(content)).toBe(true);
  });

  it("refuses a wrong secret, and other bytes than announced", async () => {
    const failed = { code: "file-storage-failed" };
    await expect(put(store({ secret: "another" }), "a", "1")).rejects.toMatchObject(failed);
    await expect(store({ secret: "another" }).get("a")).rejects.toThrow(/SignatureDoesNotMatch/);
    const path = join(folder, "content");
    writeFileSync(path, "2");
    const sha256 = createHash("sha256").update("1").digest("hex");
    await expect(store().put("a", path, { bytes: 1, sha256 })).rejects.toThrow(/XAmzContentSHA256Mismatch/);
    expect(server.objects.size).toBe(0);
  });

  it("gets a request again that failed with a temporary error, and no other", async () => {
    server.failures.push(503, 500);
    await put(store(), "a", "1");
    server.failures.push(400);
    await expect(put(store(), "a", "1")).rejects.toMatchObject({ code: "file-storage-failed" });
    expect(server.failures).toEqual([]);
  });

  it("that cannot be reached is an error", async () => {
    const blobs = new S3Store({
      url: "http://127.0.0.1:1/wiki",
      region: "x",
      accessKeyId: "a",
      secretAccessKey: "b",
    });
    await expect(blobs.size("a")).rejects.toMatchObject({ code: "file-storage-failed" });
  });
});

// The examples of "Signature Calculations for the Authorization Header" in the documentation of Amazon S3.
describe("Signature Version 4", () => {
  const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const example = {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    service: "s3",
    region: "us-east-1",
    datetime: "20130524T000000Z",
  };
  const signatureOf = async (method: string, path: string, headers: Record<string, string>) => {
    const url = `https://examplebucket.s3.amazonaws.com${path}`;
    const { headers: signed } = await new AwsV4Signer({
      ...example,
      method,
      url,
      headers,
      allHeaders: true,
    }).sign();
    return signed.get("authorization")?.split("Signature=")[1];
  };

  it.each([
    [
      "GET",
      "/test.txt",
      { range: "bytes=0-9" },
      EMPTY,
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ],
    [
      "PUT",
      "/test%24file.text",
      { date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
      "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ],
    ["GET", "/?lifecycle", {}, EMPTY, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
    [
      "GET",
      "/?max-keys=2&prefix=J",
      {},
      EMPTY,
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ],
  ])(
    "of the published example %s %s is the documented one",
    async (method, path, headers, hash, signature) => {
      expect(
        await signatureOf(method, path, { ...headers, "x-amz-content-sha256": hash } as Record<
          string,
          string
        >),
      ).toBe(signature);
    },
  );
});
