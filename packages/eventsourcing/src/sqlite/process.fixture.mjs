// A process of its own for `processes.test.ts`: opens the database, says "open", and does what it is told.
import { once } from "node:events";
import { v7 as uuidv7 } from "uuid";
import { sqliteRecorder } from "../../dist/sqlite/index.js";

const [path, task, argument] = process.argv.slice(2);
const recorder = await sqliteRecorder({ path });
process.stdout.write("open\n");

const tasks = {
  /** Saves without end, several at once, and prints the event ids of each save once it is acknowledged. */
  async stream() {
    const saveForever = async (size) => {
      for (;;) {
        const save = newEvents(size);
        await recorder.insertEvents(save);
        process.stdout.write(`${save.map(({ eventId }) => eventId).join(" ")}\n`);
      }
    };
    await Promise.all([1, 2, 3, 5].map(saveForever));
  },

  /** Makes `argument` saves, one after another, each of a new originator and a log of all processes. */
  async append() {
    for (let count = 0; count < Number(argument); count++) {
      const [event] = newEvents(1);
      const entry = { ...event, eventId: uuidv7(), originatorId: LOG, originatorVersion: null };
      await recorder.insertEvents([event, entry]);
    }
  },

  /** Claims version 1 of the originator `argument` when told to go, and prints what came of it. */
  async claim() {
    await once(process.stdin, "data");
    process.stdin.destroy();
    const [event] = newEvents(1);
    const outcome = await recorder.insertEvents([{ ...event, originatorId: argument }]).then(
      () => "won",
      (error) => error.code,
    );
    process.stdout.write(`${outcome}\n`);
  },

  /** Saves once and leaves the recorder open. */
  async leave() {
    await recorder.insertEvents(newEvents(1));
  },
};

const LOG = "00000000-0000-4000-8000-000000000000";

function newEvents(count) {
  const originatorId = uuidv7();
  return Array.from({ length: count }, (_, index) => ({
    eventId: uuidv7(),
    originatorId,
    originatorVersion: index + 1,
    topic: "Sample.Happened",
    state: new TextEncoder().encode(String(count)),
  }));
}

await tasks[task]();
if (task !== "leave") await recorder.close();
