import { isMap, parseDocument } from "yaml";

interface FrontMatter {
  readonly title?: string;
  readonly slug?: string;
}

export interface ReadFrontMatter {
  readonly fields: FrontMatter;
  /** The text without its front matter, or all of it where there is none that can be read. */
  readonly body: string;
  readonly warnings: readonly string[];
}

// An opening line at the very start and a closing one; "..." ends a YAML document too.
const BLOCK = /^---[ \t]*(?:\r\n?|\n)(?:([\s\S]*?)(?:\r\n?|\n))??(?:---|\.\.\.)[ \t]*(?:\r\n?|\n|$)/;

/** What says a title and a slug is short; a long block would take YAML minutes. In UTF-16 code units. */
const MAX_BLOCK = 16 * 1024;

/**
 * Takes the YAML between two `---` off the start of `source`. A text that begins with a line of its own between
 * two rules, and so is no mapping, is not front matter; a block that YAML cannot read stays in the body, with a
 * warning. Nothing is lost either way.
 */
export function readFrontMatter(source: string): ReadFrontMatter {
  const block = BLOCK.exec(source);
  if (block === null) return { fields: {}, body: source, warnings: [] };
  if (block[0].length > MAX_BLOCK) {
    const warning = `the front matter is longer than ${MAX_BLOCK} characters and stays in the text`;
    return { fields: {}, body: source, warnings: [warning] };
  }
  // In the failsafe schema all values are texts: a title such as 1.0 or 2024-01-02 stays as it was written.
  const document = parseDocument(block[1] ?? "", { schema: "failsafe", logLevel: "silent" });
  const [error] = document.errors;
  if (error !== undefined) {
    const why = error.message.split("\n", 1)[0]?.replace(/:$/, "") ?? "";
    return {
      fields: {},
      body: source,
      warnings: [`the front matter cannot be read and stays in the text: ${why}`],
    };
  }
  if (document.contents !== null && !isMap(document.contents))
    return { fields: {}, body: source, warnings: [] };
  const warnings: string[] = [];
  const field = (name: "title" | "slug"): FrontMatter => {
    const value: unknown = document.contents === null ? undefined : document.get(name);
    if (typeof value === "string" && value.trim() !== "") return { [name]: value.trim() };
    if (value !== undefined && value !== "")
      warnings.push(`the ${name} in the front matter is not a text; it was passed over`);
    return {};
  };
  const fields = { ...field("title"), ...field("slug") };
  const body = source.slice(block[0].length).replace(/^(?:[ \t]*(?:\r\n?|\n))+/, "");
  return { fields, body, warnings };
}
