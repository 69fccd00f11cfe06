import { isMap, parseDocument } from "yaml";
import { MAX_YAML_UNITS } from "../content/dialect/front-matter.ts";

interface FrontMatter {
  readonly title?: string;
  readonly slug?: string;
}

export interface ParsedFile {
  readonly fields: FrontMatter;
  /** The text without its front matter, or the whole text if there is none or it is invalid. */
  readonly body: string;
  readonly warnings: readonly string[];
}

// "..." ends a YAML document, too.
const BLOCK = /^---[ \t]*(?:\r\n?|\n)(?:([\s\S]*?)(?:\r\n?|\n))??(?:---|\.\.\.)[ \t]*(?:\r\n?|\n|$)/;

/**
 * Splits `source` into the front matter, the YAML between two `---` at its start, and the body. A block that is not a
 * mapping, such as a sentence between two rules, is part of the body. So is invalid YAML, with a warning.
 */
export function readFrontMatter(source: string): ParsedFile {
  const block = BLOCK.exec(source);
  if (block === null) return { fields: {}, body: source, warnings: [] };
  if (block[0].length > MAX_YAML_UNITS) {
    const warning = `front matter of more than ${MAX_YAML_UNITS} characters was kept as text`;
    return { fields: {}, body: source, warnings: [warning] };
  }
  // In the failsafe schema all scalars are strings, so a title such as 1.0 or 2024-01-02 stays unchanged.
  const document = parseDocument(block[1] ?? "", { schema: "failsafe", logLevel: "silent" });
  const [error] = document.errors;
  if (error !== undefined) {
    const why = error.message.split("\n", 1)[0]?.replace(/:$/, "") ?? "";
    return {
      fields: {},
      body: source,
      warnings: [`invalid front matter was kept as text: ${why}`],
    };
  }
  if (document.contents !== null && !isMap(document.contents))
    return { fields: {}, body: source, warnings: [] };
  const warnings: string[] = [];
  const field = (name: "title" | "slug"): FrontMatter => {
    const value: unknown = document.contents === null ? undefined : document.get(name);
    if (typeof value === "string" && value.trim() !== "") return { [name]: value.trim() };
    if (value !== undefined && value !== "")
      warnings.push(`the ${name} in the front matter is not a string and was ignored`);
    return {};
  };
  const fields = { ...field("title"), ...field("slug") };
  const body = source.slice(block[0].length).replace(/^(?:[ \t]*(?:\r\n?|\n))+/, "");
  return { fields, body, warnings };
}
