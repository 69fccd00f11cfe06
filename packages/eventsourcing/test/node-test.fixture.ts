// Run by `node --test`. Registers both contracts and a specification with node:test.
import { describe, it } from "node:test";
import { aggregate, eventFamily } from "@palimpsest/eventsourcing";
import { specification } from "@palimpsest/eventsourcing/specification";
import { recorderContract, viewStoreContract } from "@palimpsest/eventsourcing/testing";
import { memoryRecorderUnderTest, memoryViewStoreUnderTest } from "./memory-subjects.ts";
import { memorySums } from "./memory-sums.ts";

recorderContract("memory recorder", { describe, it, reopens: false }, memoryRecorderUnderTest);
viewStoreContract("memory views", { describe, it, sums: memorySums }, memoryViewStoreUnderTest);

const { Made, Broken } = eventFamily("Lamp", { Made: {}, Broken: {} });
class Lamp extends aggregate(Made) {
  break() {
    this.trigger(Broken());
  }
}

describe("a lamp", () => {
  it("breaks", () => {
    specification(Lamp)(Made())
      .when((lamp) => lamp.break())
      .then(Broken());
  });
});
