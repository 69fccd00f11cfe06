import { describe, expect, it } from "vitest";
import { memoryViewStoreUnderTest } from "../../test/memory-subjects.ts";
import { memorySums } from "../../test/memory-sums.ts";
import { viewStoreContract } from "../testing/view-store-contract.ts";
import { UndoableTable } from "./view-tables.ts";

viewStoreContract("Views in memory", { describe, it, sums: memorySums }, memoryViewStoreUnderTest);

describe("a table in memory", () => {
  it("undoes all changes since the last call of begin", () => {
    const table = new UndoableTable();
    table.set("a", { n: 1 });
    table.set("b", { n: 2 });
    table.begin();
    table.set("a", { n: 10 });
    table.set("a", { n: 11 });
    table.delete("b");
    table.set("c", { n: 3 });
    table.clear();
    table.set("d", { n: 4 });
    table.rollBack();
    expect(Object.fromEntries(table)).toEqual({ a: { n: 1 }, b: { n: 2 } });
  });

  it("freezes its rows", () => {
    const table = new UndoableTable();
    const row = { n: 1 };
    table.set("a", row);
    expect(Object.isFrozen(table.get("a"))).toBe(true);
  });
});
