import { expect, it } from "vitest";
import { clientOf } from "./client.ts";

const { signal } = new AbortController();
const clientAt = (ip: string) => clientOf({ person: null, ip, signal }).client;

it("is the person if there is one, and the address otherwise", () => {
  const person = { id: "7", name: "Editor One", email: "one@example.org", role: "editor" } as const;
  expect(clientOf({ person, ip: "192.0.2.1", signal })).toEqual({ client: "7", signal });
  expect(clientAt("192.0.2.1")).toBe("192.0.2.1");
  expect(clientAt("::ffff:192.0.2.1")).toBe("192.0.2.1");
});

it("is the same for all IPv6 addresses of a /64 network", () => {
  expect(clientAt("2001:db8:1:2:a:b:c:d")).toBe("2001:db8:1:2");
  expect(clientAt("2001:0DB8:1:2::1")).toBe("2001:db8:1:2");
  expect(clientAt("2001:db8::1")).toBe("2001:db8:0:0");
  expect(clientAt("2001:db8:1:2::")).toBe("2001:db8:1:2");
  expect(clientAt("fe80::1%eth0")).toBe("fe80:0:0:0");
  expect(clientAt("::1")).toBe("0:0:0:0");
  expect(clientAt("1::2:3:4:5:6:7")).toBe("1:0:2:3");
});
