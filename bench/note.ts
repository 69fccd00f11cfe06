import { aggregate, application, type DataOf, event, eventFamily } from "@palimpsest/eventsourcing";
import { z } from "zod";

const NoteEvent = eventFamily("Note", { Written: { text: z.string() }, Rewritten: { text: z.string() } });
const { Written, Rewritten } = NoteEvent;

/** An aggregate with one text. */
export class Note extends aggregate(Written) {
  @event(Rewritten)
  rewrite({ text }: DataOf<typeof Rewritten>): void {
    this.text = text;
  }
}

export class Notes extends application({ aggregates: [Note] }) {}

const WORDS =
  "every page keeps what was written on it before and who wrote it so that a reader may see how the text came to be".split(
    " ",
  );

/** Returns prose of `length` characters, the same for the same seed. */
export function prose(length: number, seed = 1): string {
  let state = seed;
  let text = "";
  while (text.length < length) {
    // The Park–Miller generator.
    state = (state * 48_271) % 2_147_483_647;
    text += `${WORDS[state % WORDS.length]}${state % 11 === 0 ? ".\n" : " "}`;
  }
  return text.slice(0, length);
}
