import { describe, expect, test } from "vitest";
import { isLocalRequest } from "./local-request.ts";

const headers = { host: "localhost:3000" };
const request = { socket: { remoteAddress: "127.0.0.1" }, headers, httpVersion: "1.1" };
const config = { trustProxy: false, publicOrigin: undefined };

describe("a request", () => {
  test.each([
    [{}],
    [{ socket: { remoteAddress: "::1" } }],
    [{ socket: { remoteAddress: "::ffff:127.0.0.1" } }],
    [{ headers: { host: "127.0.0.1:3000" } }],
    [{ headers: { host: "[::1]:3000" } }],
    [{ headers: { host: "wiki.localhost" } }],
    [{ headers: { ...headers, origin: "http://localhost:3000" } }],
  ])("is local: %j", (changed) => {
    expect(isLocalRequest({ ...request, ...changed }, config)).toBe(true);
  });

  test.each([
    [{ socket: { remoteAddress: "192.0.2.7" } }],
    [{ socket: { remoteAddress: "::ffff:10.0.0.1" } }],
    [{ socket: {} }],
    [{ httpVersion: "1.0" }],
    [{ headers: {} }],
    [{ headers: { host: "wiki.example.org" } }],
    [{ headers: { host: "localhost.example.org" } }],
    [{ headers: { host: "127.0.0.1.example.org" } }],
    [{ headers: { ...headers, origin: "https://wiki.example.org" } }],
    [{ headers: { ...headers, origin: "null" } }],
    [{ headers: { ...headers, "x-forwarded-for": "127.0.0.1" } }],
    [{ headers: { ...headers, "x-forwarded-proto": "https" } }],
    [{ headers: { ...headers, "x-real-ip": "127.0.0.1" } }],
    [{ headers: { ...headers, forwarded: "for=127.0.0.1" } }],
    [{ headers: { ...headers, via: "1.1 proxy" } }],
    [{ headers: { ...headers, "cf-ray": "230b030023ae2822-SJC" } }],
    [{ headers: { ...headers, "x-envoy-external-address": "127.0.0.1" } }],
  ])("is not local: %j", (changed) => {
    expect(isLocalRequest({ ...request, ...changed }, config)).toBe(false);
  });

  test("is not local in a wiki behind a proxy or with a public address", () => {
    expect(isLocalRequest(request, { ...config, trustProxy: true })).toBe(false);
    expect(isLocalRequest(request, { ...config, publicOrigin: "https://wiki.example.org" })).toBe(false);
    expect(isLocalRequest(request, { ...config, publicOrigin: "http://localhost:3000" })).toBe(true);
  });
});
