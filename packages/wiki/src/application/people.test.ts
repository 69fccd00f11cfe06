import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { SYSTEM } from "../domain/user.ts";
import { authorsOf, nameOf } from "./people.ts";

describe("names of users", () => {
  it("come from the accounts, or are a placeholder without an account", () => {
    const ada = randomUUID();
    const names = new Map([[ada, { name: "Ada" }]]);
    expect(nameOf(ada, names)).toBe("Ada");
    expect(nameOf(SYSTEM, names)).toBe("System");
    expect(nameOf(randomUUID(), names)).toBe("Unknown");
  });

  it("are looked up once for each author in the bylines", () => {
    const page = {
      id: randomUUID(),
      title: "",
      slug: "",
      body: "",
      version: 1,
      archived: false,
      createdAt: new Date(0),
      createdBy: null,
      modifiedAt: new Date(0),
      modifiedBy: "b",
    };
    expect(authorsOf([page, { ...page, createdBy: "a" }])).toEqual(new Set(["a", "b"]));
    expect(authorsOf([])).toEqual(new Set());
  });
});
