// Run by `node --test`. Registers both contracts and a specification with node:test.
import { describe, it } from "node:test";
import { aggregate, eventFamily } from "@palimpsest/eventsourcing";
import { memoryRecorder, memoryViewStore } from "@palimpsest/eventsourcing/memory";
import { specification } from "@palimpsest/eventsourcing/specification";
import { recorderContract, viewStoreContract } from "@palimpsest/eventsourcing/testing";
import { memorySums } from "./memory-sums.ts";

recorderContract("memory recorder", { describe, it, reopens: false }, async (clock) => {
  const recorder = memoryRecorder({ clock });
  return { recorder, dispose: () => recorder.close() };
});

viewStoreContract("memory views", { describe, it, sums: memorySums }, async () => {
  let behindMs = 0;
  const store = memoryViewStore({ clock: () => new Date(Date.now() - behindMs) });
  return {
    store,
    reopen: async () => store,
    whileRead: (_table, work) => work(),
    setClockBack: async (ms) => {
      behindMs += ms;
    },
    dispose: () => store.close(),
  };
});

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
