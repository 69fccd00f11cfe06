// A process for `processes.test.ts`: opens the database, prints "open" and runs a task.
import { once } from "node:events";
import { v7 as uuidv7 } from "uuid";
import { sqliteRecorder } from "../../dist/sqlite/index.js";

const [path, task, argument] = process.argv.slice(2);
const recorder = await sqliteRecorder({ path, blocking: argument === "blocking" });
process.stdout.write("open\n");

const tasks = {
  /** Saves until killed, several at once, and prints the event ids of each acknowledged save. */
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

  /** Makes `argument` sequential saves, each with an event of a new originator and one of a log that all processes share. */
  async append() {
    for (let count = 0; count < Number(argument); count++) {
      const [event] = newEvents(1);
      const entry = { ...event, eventId: uuidv7(), originatorId: LOG, originatorVersion: null };
      await recorder.insertEvents([event, entry]);
    }
  },

  /** Saves version 1 of the originator `argument` when it receives input, and prints the outcome. */
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

  /** Saves once and does not close the recorder. */
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
