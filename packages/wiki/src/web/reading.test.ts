import { expect, test } from "vitest";
import { addresses, addressesAt } from "./addresses.ts";
import { pathBelowPrefix, sameDateAddress } from "./reading.ts";

test.each([
  ["/-/at/2026-03-03T12:00:00.000Z/", ""],
  ["/-/at/2026-03-03", ""],
  ["/-/at/2026-03-03?q=a", "?q=a"],
  ["/-/at/2026-03-03/handbook/on-call", "handbook/on-call"],
  ["/-/at/2026-03-03/-/search?q=a%20b", "-/search?q=a%20b"],
  ["/-/at/2026-03-03//elsewhere.example", ""],
  ["/-/at/2026-03-03/\\elsewhere.example", ""],
  ["/-/at/2026-03-03/..//elsewhere.example", ""],
])("the path of %s below the prefix is /%s", (url, below) => {
  expect(pathBelowPrefix(url)).toBe(below);
});

test.each([
  ["/", "/-/at/2026-03-03/"],
  ["/?a", "/-/at/2026-03-03/?a"],
  ["/-/pages", "/-/at/2026-03-03/-/pages"],
  ["/-/search?q=a#b", "/-/at/2026-03-03/-/search?q=a#b"],
  ["/-/links/a/b", "/-/at/2026-03-03/-/links/a/b"],
  ["/-/changes/", "/-/at/2026-03-03/-/changes/"],
  ["/-/account", "/-/account"],
  ["/-/at/2020-01-01/a", "/-/at/2020-01-01/a"],
  ["/api/pages", "/api/pages"],
])("%s at an earlier date is %s", (address, then) => {
  expect(sameDateAddress(addressesAt("2026-03-03"), address)).toBe(then);
  expect(sameDateAddress(addresses, address)).toBe(address);
});
