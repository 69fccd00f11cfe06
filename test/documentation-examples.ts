// The TypeScript examples of the documentation, as programs.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A program of a page. Its files are those that the page has shown so far. */
export interface ExampleProgram {
  readonly page: string;
  /** The line of the page on which its last block begins. */
  readonly line: number;
  /** The file to run. */
  readonly entry: string;
  readonly files: ReadonlyMap<string, string>;
  /** What the page says that it prints; undefined if the page says nothing. */
  readonly output: string | undefined;
}

export interface CodeBlock {
  readonly language: string;
  readonly code: string;
  /** The line on which the block begins, from 1. */
  readonly line: number;
}

/** Returns the code blocks of a page, in their order. */
export function codeBlocksOf(text: string): readonly CodeBlock[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? "",
    code: match[2] ?? "",
    line: text.slice(0, match.index).split("\n").length,
  }));
}

/**
 * Returns the programs of a page:
 * - A block that begins with the comment `// name.ts` is that file. Later blocks can import it or replace it.
 * - Another block that begins with an import is a program of its own.
 * - A block that begins with neither continues the program or file of the block before.
 *
 * A `text` block is what the block before it prints.
 */
export function examplesOf(root: string, page: string): readonly ExampleProgram[] {
  const blocks = codeBlocksOf(readFileSync(join(root, page), "utf8"));
  const programs: ExampleProgram[] = [];
  let files = new Map<string, string>();
  blocks.forEach(({ language, code, line }, index) => {
    if (language !== "ts") return;
    const next = blocks[index + 1];
    const printed = next?.language === "text" ? next.code : undefined;
    const previous = programs.at(-1);
    const name = /^\/\/ ([\w.-]+\.ts)\n/.exec(code)?.[1];
    if (name === undefined && !code.startsWith("import ")) {
      if (previous === undefined) throw new Error(`${page}:${line} continues no program.`);
      const { entry, output } = previous;
      files.set(entry, `${files.get(entry)}\n${code}`);
      programs.pop();
      programs.push({ ...previous, line, output: printed === undefined ? output : (output ?? "") + printed });
      return;
    }
    const entry = name ?? `program-${programs.length + 1}.ts`;
    // Programs shown earlier keep the file that this one replaces.
    if (files.has(entry)) files = new Map(files);
    files.set(entry, code);
    programs.push({ page, line, entry, files, output: printed });
  });
  return programs;
}
