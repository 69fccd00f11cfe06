// A worker program for tests. It does what the first word of the text says.
import { parentPort } from "node:worker_threads";

const ACTIONS = {
  answer: (word) => parentPort.postMessage({ output: word }),
  loop: () => {
    for (;;);
  },
  exit: () => process.exit(),
  fill: () => {
    const kept = [];
    for (;;) kept.push(new Array(10_000).fill(kept.length));
  },
};

parentPort.on("message", ({ input }) => {
  const [action, word] = input.text.split(" ");
  ACTIONS[action](word);
});
