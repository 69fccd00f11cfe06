import { gzipSync } from "node:zlib";
import { applyPatch, createPatch, diffWordsWithSpace } from "diff";
import { applyDiff, createDiff } from "../../packages/wiki/dist/content/diff.js";
import { type Contender, interleaved, spreadOf } from "../measure.ts";
import { type Measurement, once, type Suite } from "../measurement.ts";
import { prose } from "../note.ts";

const MEGABYTE = 1_000_000;
const RESTORING = "restored";
/** The limit of steps for jsdiff. Without it jsdiff can take minutes. */
const MAX_EDIT_LENGTH = 500;

interface Edit {
  readonly name: string;
  readonly base: string;
  readonly result: string;
  readonly rounds: number;
}

function replaceWord(text: string): string {
  const start = text.indexOf(" ", Math.floor(text.length / 2)) + 1;
  return `${text.slice(0, start)}palimpsest${text.slice(text.indexOf(" ", start))}`;
}

const EDITS: readonly Edit[] = [
  { name: "one word of 20 KB", base: prose(20_000), result: replaceWord(prose(20_000)), rounds: 15 },
  {
    name: "a word replaced everywhere in 1 MB",
    base: prose(MEGABYTE),
    result: prose(MEGABYTE).replaceAll("reader", "visitor"),
    rounds: 5,
  },
  { name: "1 MB replaced", base: prose(MEGABYTE), result: prose(MEGABYTE, 7), rounds: 5 },
  {
    name: "one word of 5 MB",
    base: prose(5 * MEGABYTE),
    result: replaceWord(prose(5 * MEGABYTE)),
    rounds: 5,
  },
];

/** A way to store an edit. `store` returns the text to store, or undefined if it exceeded its limit. */
interface StorageMethod {
  readonly name: string;
  readonly store: (edit: Edit) => string | undefined;
  /** Returns the result of the edit. Undefined if the method cannot restore. */
  readonly restore?: (edit: Edit, stored: string) => string | false;
}

const METHODS: readonly StorageMethod[] = [
  {
    name: "ours",
    store: ({ base, result }) => JSON.stringify(createDiff(base, result)),
    restore: ({ base }, stored) => applyDiff(base, JSON.parse(stored)),
  },
  {
    name: "jsdiff createPatch",
    store: ({ base, result }) =>
      createPatch("page", base, result, undefined, undefined, { maxEditLength: MAX_EDIT_LENGTH }),
    restore: ({ base }, stored) => applyPatch(base, stored, { autoConvertLineEndings: false }),
  },
  {
    name: "jsdiff words",
    store: ({ base, result }) => {
      const changes = diffWordsWithSpace(base, result, { maxEditLength: MAX_EDIT_LENGTH });
      return (
        changes &&
        JSON.stringify(changes.map(({ added, removed, value }) => (added ? value : [removed, value.length])))
      );
    },
  },
  { name: "the whole text", store: ({ result }) => result, restore: (_edit, stored) => stored },
];

/** Contenders that store and restore `edit`, with gzip as in the wiki, and the texts that they store. */
function contendersFor(edit: Edit): { contender: Contender; stored: { text: string | undefined } }[] {
  return METHODS.flatMap(({ name, store, restore }) => {
    const stored = { text: store(edit) };
    const { text } = stored;
    const back = text === undefined || restore === undefined ? undefined : () => restore(edit, text);
    if (back !== undefined && back() !== edit.result)
      throw new Error(`${name}: ${edit.name} was not restored exactly`);
    const repeated = (work: () => unknown) => () => {
      work();
      return 1;
    };
    const contender = {
      name,
      round: repeated(() => {
        const made = store(edit);
        if (made !== undefined) gzipSync(made);
      }),
    };
    return [
      { contender, stored },
      ...(back === undefined
        ? []
        : [{ contender: { name: `${RESTORING}, ${name}`, round: repeated(back) }, stored }]),
    ];
  });
}

async function measure(edit: Edit): Promise<Measurement[]> {
  const made = contendersFor(edit);
  const measured = await interleaved(
    made.map(({ contender }) => contender),
    { rounds: edit.rounds, warmups: 1 },
  );
  return made.flatMap(({ contender, stored: { text } }, index): Measurement[] => {
    const { seconds = [] } = measured[index] ?? {};
    const time: Measurement = {
      work: edit.name,
      contender: contender.name,
      unit: "ms",
      value: spreadOf(seconds.map((each) => each * 1_000)),
    };
    if (contender.name.startsWith(RESTORING) || text === undefined) return [time];
    const stored = once(gzipSync(text).length);
    return [time, { work: `${edit.name}, stored`, contender: contender.name, unit: "bytes", value: stored }];
  });
}

export const diffs: Suite = {
  name: "diffs",
  title: "Differences of page bodies",
  note: `Ours beside jsdiff, which may take ${MAX_EDIT_LENGTH} steps, and beside storing the whole text; with gzip, as the wiki stores it. A method without a size gave up.`,
  run: async () => {
    const rows: Measurement[] = [];
    for (const edit of EDITS) rows.push(...(await measure(edit)));
    return rows;
  },
};
