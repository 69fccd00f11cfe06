import { describe, expect, it } from "vitest";
import { type Action, may, minimumRole, type Role } from "./policy.ts";

const open = { publicReading: true };
const closed = { publicReading: false };

describe("the policy", () => {
  it.each<[Role | "stranger", Action, boolean, boolean]>([
    ["stranger", "read", true, false],
    ["stranger", "write", false, false],
    ["stranger", "administer", false, false],
    ["reader", "read", true, true],
    ["reader", "write", false, false],
    ["reader", "administer", false, false],
    ["editor", "read", true, true],
    ["editor", "write", true, true],
    ["editor", "administer", false, false],
    ["admin", "read", true, true],
    ["admin", "write", true, true],
    ["admin", "administer", true, true],
  ])("lets a %s %s: %s with public reading, %s without", (who, action, whereOpen, whereClosed) => {
    const asker = who === "stranger" ? null : { role: who };
    expect(may(asker, action, open)).toBe(whereOpen);
    expect(may(asker, action, closed)).toBe(whereClosed);
  });

  it("names the minimum role of an action", () => {
    expect(minimumRole("read", open)).toBe("anyone");
    expect(minimumRole("read", closed)).toBe("reader");
    expect(minimumRole("write", open)).toBe("editor");
    expect(minimumRole("administer", open)).toBe("admin");
  });
});
