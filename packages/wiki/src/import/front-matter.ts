import { type Document, isMap, isScalar, parseDocument, type YAMLMap } from "yaml";
import { MAX_YAML_UNITS } from "../content/dialect/front-matter.ts";

/** The page that a file was exported from. */
export interface ExportedPage {
  readonly pageId: string;
  readonly version: number;
  /** The numbers of the links, from 0, that the export left as written; "all" if it changed none. */
  readonly unchangedLinks: "all" | readonly number[];
  /** The names of attached files by the names of their exported files, where these differ. */
  readonly fileNames: Readonly<Record<string, string>>;
}

interface FrontMatter {
  readonly title?: string;
  readonly slug?: string;
  /** Set if `palimpsest export` wrote the file. */
  readonly exported?: ExportedPage;
}

export interface ParsedFile {
  readonly fields: FrontMatter;
  /**
   * The text without title and slug. Other properties stay in its front matter. Invalid front matter is part of the text.
   */
  readonly body: string;
  readonly warnings: readonly string[];
}

// "..." ends a YAML document, too.
const BLOCK = /^---[ \t]*(?:\r\n?|\n)(?:([\s\S]*?)(?:\r\n?|\n))??(?:---|\.\.\.)[ \t]*(?:\r\n?|\n|$)/;

/**
 * Reads the front matter, the YAML between two `---` at the start of `source`. A block that is not a mapping, such as a
 * sentence between two rules, is part of the body. So is invalid YAML, with a warning.
 */
export function readFrontMatter(source: string): ParsedFile {
  const block = BLOCK.exec(source);
  if (block === null) return { fields: {}, body: source, warnings: [] };
  const asText = (...warnings: string[]): ParsedFile => ({ fields: {}, body: source, warnings });
  if (block[0].length > MAX_YAML_UNITS) {
    return asText(`front matter of more than ${MAX_YAML_UNITS} characters was kept as text`);
  }
  const yaml = block[1] ?? "";
  const document = parseYaml(yaml);
  const [error] = document.errors;
  if (error !== undefined) {
    const why = error.message.split("\n", 1)[0]?.replace(/:$/, "") ?? "";
    return asText(`invalid front matter was kept as text: ${why}`);
  }
  const { contents } = document;
  const rest = source.slice(block[0].length);
  if (contents === null) return { fields: {}, body: withoutBlankLines(rest), warnings: [] };
  if (!isMap(contents)) return asText();
  const warnings: string[] = [];
  const field = (name: "title" | "slug"): FrontMatter => {
    const value: unknown = contents.get(name);
    if (typeof value === "string" && value.trim() !== "") return { [name]: value.trim() };
    if (value !== undefined && value !== "")
      warnings.push(`the ${name} in the front matter is not a string and was ignored`);
    return {};
  };
  const exported = exportedPageOf(dataOf(document)?.palimpsest);
  const fields = { ...field("title"), ...field("slug"), ...(exported && { exported }) };
  const others = withoutKeys(yaml, contents, [...Object.keys(fields), ...(exported ? ["palimpsest"] : [])]);
  if (others === "") return { fields, body: exported ? rest : withoutBlankLines(rest), warnings };
  if (exported && BLOCK.test(rest)) {
    warnings.push(
      "properties in the first front matter were ignored, because the page has front matter of its own",
    );
    return { fields, body: rest, warnings };
  }
  return { fields, body: `---\n${others}---\n${rest}`, warnings };
}

/** In the failsafe schema all scalars are strings, so a title such as 1.0 or 2024-01-02 stays unchanged. */
function parseYaml(yaml: string): Document.Parsed {
  return parseDocument(yaml, { schema: "failsafe", logLevel: "silent" });
}

function withoutBlankLines(text: string): string {
  return text.replace(/^(?:[ \t]*(?:\r\n?|\n))+/, "");
}

/** Returns the YAML of a mapping without some keys, with a line ending; empty if no key remains. */
function withoutKeys(yaml: string, map: YAMLMap, names: readonly string[]): string {
  const isNamed = (key: unknown) => isScalar(key) && names.includes(String(key.value));
  if (map.items.every(({ key }) => isNamed(key))) return "";
  const text = yaml.replace(/(?<!\n)$/, "\n");
  if (map.flow) return text;
  const starts = map.items.map(({ key }) => (isScalar(key) ? (key.range?.[0] ?? 0) : 0));
  const kept = map.items.map(({ key }, index) =>
    isNamed(key) ? "" : text.slice(starts[index], starts[index + 1] ?? text.length),
  );
  const others = text.slice(0, starts[0]) + kept.join("");
  // An alias may refer to a key that was removed.
  return dataOf(parseYaml(others)) === undefined ? text : others;
}

/** Returns undefined if the YAML has an invalid alias, or so many aliases that its value may be huge. */
function dataOf(document: Document.Parsed): Record<string, unknown> | undefined {
  try {
    return document.toJS();
  } catch {
    return undefined;
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function exportedPageOf(value: unknown): ExportedPage | undefined {
  const { page, version, unchangedLinks = [], files = {} } = (value ?? {}) as Record<string, unknown>;
  const isVersion = typeof version === "string" && /^[1-9]\d{0,14}$/.test(version);
  if (typeof page !== "string" || !UUID.test(page) || !isVersion) return undefined;
  const numbers = Array.isArray(unchangedLinks)
    ? unchangedLinks.map(Number).filter(Number.isSafeInteger)
    : [];
  const names = Object.entries(files as object).filter(([, name]) => typeof name === "string");
  return {
    pageId: page,
    version: Number(version),
    unchangedLinks: unchangedLinks === "all" ? "all" : numbers,
    fileNames: Object.fromEntries(names),
  };
}
