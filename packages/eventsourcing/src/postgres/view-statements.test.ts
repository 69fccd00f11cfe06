import { afterAll, describe, expect, it } from "vitest";
import { dropSchemas, type NewSchema, newSchema } from "../../../../test/postgres-schemas.ts";
import { ProgrammingError } from "../errors.ts";
import { tableNames } from "../projections/view-checks.ts";
import { ChangeRefusedError } from "../projections/view-errors.ts";
import { sqlSums, sumsProjection } from "../testing/sample-view.ts";
import { postgresViewStore } from "./index.ts";

const MINE = { name: "sums@1", holder: "mine" };

const schemas: NewSchema[] = [];
afterAll(() => dropSchemas(schemas));

describe("a statement that cannot be sent", () => {
  const circular: unknown[] = [];
  circular.push(circular);

  it.each([
    ["a circular list", circular, /Parameter \$2 of "SELECT \$1::text, \$2::text" is an array/],
    ["an object", { toJSON: () => "a" }, /Parameter \$2 .* is an object/],
    ["a symbol", Symbol("a"), /Parameter \$2 .* is of the type symbol/],
  ])("is refused for %s, and its connection stays usable", async (_, value: unknown, message) => {
    const schema = newSchema();
    schemas.push(schema);
    const store = await postgresViewStore({ ...schema, poolSize: 1 });
    await store.acquireLease(MINE, 60_000);
    const generation = await store.create(sumsProjection(sqlSums, "sums"));
    const statement = { sql: "SELECT $1::text, $2::text", params: ["a", value as string] };
    const reading = store.read("sums", () => statement);
    await expect(reading).rejects.toThrow(ProgrammingError);
    await expect(reading).rejects.toThrow(message);
    expect(await sqlSums.sums(store, "sums")).toEqual({});
    const change = sqlSums.add(tableNames("sums", generation.number), "a", 1);
    const write = {
      generation,
      from: 0,
      to: 1,
      eventId: "event 1",
      changes: [change],
      processed: 1,
      lease: MINE,
    };
    const writing = store.write({ ...write, changes: [change, statement] });
    await expect(writing).rejects.toThrow(ChangeRefusedError);
    await expect(writing).rejects.toThrow(message);
    const view = { ...sumsProjection(sqlSums, "more"), create: () => [statement] };
    await expect(store.create(view)).rejects.toThrow(ChangeRefusedError);
    await store.write(write);
    expect(await sqlSums.sums(store, "sums")).toEqual({ a: 1 });
    await store.close();
  });
});
