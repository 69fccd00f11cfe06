import createMarkdown from "markdown-it";
import { lineStarts, splitLines } from "../content/lines.ts";
import { MAX_MARKDOWN_UNITS } from "../content/markdown-parser.ts";
import { withoutJsx } from "./jsx-scanner.ts";

export interface MarkdownOfMdx {
  readonly body: string;
  /** What was left out, such as "2 imports" and "the components <Tabs>, <Tab>". */
  readonly left: readonly string[];
}

const blocks = createMarkdown({ html: false });
blocks.core.ruler.enableOnly(["normalize", "block"]);

const MODULE =
  /^(?:import\s*(?:["'{*]|[\w$]+\s*,\s*[{*]|.*\sfrom\s*["'])|export\s+(?:default|const|let|var|function|async|class|[{*]))/;

/** Leaves out imports, exports, comments and the tags of components. The content of components and code stay. */
export function withoutComponents(source: string): MarkdownOfMdx {
  if (source.length > MAX_MARKDOWN_UNITS) return { body: source, left: [] };
  let imports = 0;
  let exports = 0;
  const components = new Set<string>();
  const clean = (text: string) => {
    const markdown = withoutModules(text, (line) => {
      if (line.startsWith("import")) imports += 1;
      else exports += 1;
    });
    return withoutJsx(markdown, (name) => components.add(`<${name}>`));
  };
  const body = outsideOfFences(source, clean).replace(/^(?:[ \t]*\n)+/, "");
  const left = [
    ...(imports > 0 ? [`${imports} ${imports === 1 ? "import" : "imports"}`] : []),
    ...(exports > 0 ? [`${exports} ${exports === 1 ? "export" : "exports"}`] : []),
    ...(components.size > 0
      ? [`the ${components.size === 1 ? "component" : "components"} ${[...components].join(", ")}`]
      : []),
  ];
  return { body, left };
}

/** Leaves out paragraphs that begin with an import or export. `onModule` gets their first lines. */
function withoutModules(text: string, onModule: (line: string) => void): string {
  let isBetweenParagraphs = true;
  let isInModule = false;
  return splitLines(text)
    .filter((line) => {
      if (line.trim() === "") isInModule = false;
      else if (MODULE.test(line) && (isInModule || isBetweenParagraphs)) {
        onModule(line);
        isInModule = true;
      }
      isBetweenParagraphs = line.trim() === "";
      return !isInModule;
    })
    .join("");
}

/** Applies `clean` to the text between fenced code blocks. */
function outsideOfFences(source: string, clean: (text: string) => string): string {
  const starts = lineStarts(source);
  const offsetOf = (line: number) => starts[line] ?? source.length;
  let at = 0;
  let result = "";
  for (const { type, map } of blocks.parse(source, {})) {
    if (type !== "fence" || map === null) continue;
    const [start, end] = map.map(offsetOf) as [number, number];
    result += clean(source.slice(at, start)) + source.slice(start, end);
    at = end;
  }
  return result + clean(source.slice(at));
}
