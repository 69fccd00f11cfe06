import type { MarkdownIt, StateBlock, StateCore, Token } from "markdown-it";

/** The designs of callouts, with the names that GitHub, VitePress, Docusaurus and Obsidian use for them. */
const NAMES: Readonly<Record<string, string>> = {
  note: "note info abstract summary tldr seealso see-also todo question help faq example quote cite",
  tip: "tip hint success check done",
  important: "important",
  warning: "warning attention warn",
  caution: "caution danger error failure fail missing bug",
  details: "details",
};
const DESIGNS: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES).flatMap(([design, names]) => names.split(" ").map((name) => [name, design] as const)),
);

/**
 * A plugin for callouts: quotations that begin with `[!NOTE]`, and containers between `:::note` and `:::`. A container with
 * an unknown name groups its content.
 */
export function callouts(markdown: MarkdownIt): void {
  const alt = ["paragraph", "reference", "blockquote", "list"];
  markdown.block.ruler.before("fence", "container", parseContainer, { alt });
  markdown.core.ruler.after("block", "alerts", convertAlerts);
  markdown.renderer.rules.callout_open = (tokens, index, options, _, renderer) => {
    const title = tokens[index]?.meta?.defaultTitle;
    const tag = tokens[index]?.tag === "details" ? "summary" : "p";
    const titleHtml =
      title === undefined
        ? ""
        : `<${tag} class="generated callout-title" dir="auto">${markdown.utils.escapeHtml(String(title))}</${tag}>\n`;
    return renderer.renderToken(tokens, index, options) + titleHtml;
  };
}

interface Callout {
  /** Undefined for a group without a design. */
  readonly design: string | undefined;
  readonly isDetails: boolean;
  readonly isOpen: boolean;
  /** Set if the author wrote no title. */
  readonly defaultTitle: string | undefined;
}

function setCallout(open: Token, close: Token, { design, isDetails, isOpen, defaultTitle }: Callout): void {
  [open.type, close.type] = ["callout_open", "callout_close"];
  open.tag = isDetails ? "details" : "div";
  close.tag = open.tag;
  if (design === undefined) return;
  open.attrSet("class", design === "details" ? "callout" : `callout ${design}`);
  if (!isDetails) open.attrSet("role", "note");
  if (isOpen) open.attrSet("open", "");
  if (defaultTitle !== undefined) open.meta = { defaultTitle };
}

function labelOf(name: string): string {
  const words = name.toLowerCase().replace(/[-_]/g, " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

const COLON = 0x3a;
/** The colons; the name, perhaps within braces and after a dot; the rest. */
const CONTAINER = /^(:{3,})[ \t]*(?:(\{?)\.?([\p{L}][\w-]{0,40})(?![^\s[{}|]))?(.*)$/u;
const TITLE_ATTRIBUTE = /\btitle=(?:"([^"]*)"|'([^']*)')/;

interface ContainerLine {
  readonly colons: number;
  /** Undefined for a line that ends a container. */
  readonly name: string | undefined;
  readonly title: string;
  readonly isOpen: boolean;
}

/** The lines of each page that begin with colons. Nested containers read them often. */
const containerLines = new WeakMap<object, Map<number, ContainerLine | undefined>>();

function containerLine(state: StateBlock, line: number): ContainerLine | undefined {
  const start = (state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0);
  if (!state.src.startsWith(":::", start) || (state.sCount[line] ?? 0) - state.blkIndent >= 4)
    return undefined;
  const known = containerLines.get(state.env) ?? new Map<number, ContainerLine | undefined>();
  containerLines.set(state.env, known);
  if (!known.has(line)) known.set(line, parseContainerLine(state.src.slice(start, state.eMarks[line])));
  return known.get(line);
}

function parseContainerLine(text: string): ContainerLine | undefined {
  const match = CONTAINER.exec(text);
  const [, colons = "", brace = "", name, after = ""] = match ?? [];
  if (name === undefined && after.trim() !== "") return undefined;
  // Attributes, such as {.class} and {open}, are left out, but for the title.
  const rest = brace + after;
  const attributes = /^\{[^{}]*\}|\{[^{}]*\}\s*$/.exec(rest)?.[0] ?? "";
  const shown = rest.replace(attributes, "").trim();
  const written = /^\[(.*)\]$/.exec(shown)?.[1] ?? shown.replace(/^\|\s*/, "");
  const [, quoted, single] = TITLE_ATTRIBUTE.exec(attributes) ?? [];
  const title = written || (quoted ?? single ?? "");
  return {
    colons: colons.length,
    name: name?.toLowerCase().replace(/^callout-/, ""),
    title,
    isOpen: /\bopen\b/.test(attributes),
  };
}

function parseContainer(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const first = containerLine(state, startLine);
  if (first?.name === undefined) return false;
  if (silent) return true;
  const { end, after } = containerEnd(state, startLine, endLine, first.colons);
  const { parentType, lineMax } = state;
  const open = state.push("callout_open", "div", 1);
  open.map = [startLine, after];
  const design = DESIGNS.get(first.name);
  const isDetails = design === "details";
  if (first.title !== "") pushTitle(state, first.title, startLine, isDetails);
  state.parentType = "container";
  state.lineMax = end;
  state.md.block.tokenize(state, startLine + 1, end);
  state.parentType = parentType;
  state.lineMax = lineMax;
  setCallout(open, state.push("callout_close", "div", -1), {
    design,
    isDetails,
    isOpen: isDetails && first.isOpen,
    defaultTitle: first.title === "" ? labelOf(first.name) : undefined,
  });
  state.line = after;
  return true;
}

function pushTitle(state: StateBlock, title: string, line: number, isSummary: boolean): void {
  const tag = isSummary ? "summary" : "p";
  state.push("callout_title_open", tag, 1).attrSet("class", "callout-title");
  const inline = state.push("inline", "", 0);
  inline.content = title;
  inline.map = [line, line + 1];
  inline.children = [];
  state.push("callout_title_close", tag, -1);
}

/** The lines up to which a page has containers without an end, which are searched for only once. */
const unbalanced = new WeakMap<object, Set<number>>();

/** Returns the line after the content, and the line after the container. */
function containerEnd(
  state: StateBlock,
  startLine: number,
  endLine: number,
  colons: number,
): { readonly end: number; readonly after: number } {
  const known = unbalanced.get(state.env) ?? new Set();
  unbalanced.set(state.env, known);
  /** The colons of the containers that are open, outermost first. */
  const open = [colons];
  let firstEnd: number | undefined;
  let fence: string | undefined;
  for (let line = startLine + 1; line < endLine; line++) {
    const start = (state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0);
    if ((state.sCount[line] ?? 0) < state.blkIndent && !state.isEmpty(line))
      return closedAt(firstEnd) ?? { end: line, after: line };
    const code = state.src.charCodeAt(start);
    if (code !== COLON && code !== 0x60 && code !== 0x7e) continue;
    if (code !== COLON) {
      fence = fenceAfter(state.src.slice(start, state.eMarks[line]), fence);
      continue;
    }
    const found = fence === undefined ? containerLine(state, line) : undefined;
    if (found === undefined) continue;
    if (found.name !== undefined) {
      open.push(found.colons);
      continue;
    }
    if (found.colons >= colons) firstEnd ??= line;
    const matching = open.lastIndexOf(found.colons);
    if (matching !== -1) open.length = matching;
    else if ((open.at(-1) ?? 0) < found.colons) open.pop();
    if (open.length === 0) return { end: line, after: line + 1 };
    if (known.has(endLine) && firstEnd !== undefined) break;
  }
  known.add(endLine);
  return closedAt(firstEnd) ?? { end: endLine, after: endLine };
}

function closedAt(line: number | undefined) {
  return line === undefined ? undefined : { end: line, after: line + 1 };
}

/** Returns the fence that is open after a line, or undefined. */
function fenceAfter(line: string, fence: string | undefined): string | undefined {
  const [, marker = "", info = ""] = /^(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
  if (marker === "") return fence;
  if (fence === undefined) return marker.startsWith("`") && info.includes("`") ? undefined : marker;
  return marker.startsWith(fence) && info.trim() === "" ? undefined : fence;
}

const ALERT = /^\[!([\p{L}][\w-]{0,40})\]([+-]?)[ \t]*(.*)(?:\n|$)/u;

/** Converts quotations whose first line is `[!NOTE]`, with or without a title. */
function convertAlerts(state: StateCore): void {
  if (!state.src.includes("[!")) return;
  const tokens: Token[] = [];
  const open: { readonly token: Token; alert: RegExpExecArray | undefined }[] = [];
  for (let index = 0; index < state.tokens.length; index++) {
    const token = state.tokens[index] as Token;
    tokens.push(token);
    if (token.type === "blockquote_close") {
      const { token: opening, alert } = open.pop() ?? {};
      if (opening !== undefined && alert !== undefined) {
        const [, name = "", fold, title] = alert;
        setCallout(opening, token, {
          design: DESIGNS.get(name.toLowerCase()) ?? "note",
          isDetails: fold !== "",
          isOpen: fold === "+",
          defaultTitle: title === "" ? labelOf(name) : undefined,
        });
      }
    }
    if (token.type !== "blockquote_open") continue;
    const [paragraph, inline, end] = state.tokens.slice(index + 1, index + 4);
    const alert =
      paragraph?.type === "paragraph_open" && inline && end ? ALERT.exec(inline.content) : undefined;
    open.push({ token, alert: alert ?? undefined });
    if (!alert || !paragraph || !inline || !end) continue;
    index += 3;
    const title = alert[3] ?? "";
    if (title !== "") tokens.push(...titleTokens(state, title, inline, alert[2] !== ""));
    inline.content = inline.content.slice(alert[0].length).replace(/^[ \t]+/, "");
    if (inline.map) inline.map = [inline.map[0] + 1, inline.map[1]];
    if (inline.content !== "") tokens.push(paragraph, inline, end);
  }
  state.tokens = tokens;
}

function titleTokens(state: StateCore, title: string, { map, level }: Token, isSummary: boolean): Token[] {
  const tag = isSummary ? "summary" : "p";
  const tokens = [
    new state.Token("callout_title_open", tag, 1),
    new state.Token("inline", "", 0),
    new state.Token("callout_title_close", tag, -1),
  ];
  const [opening, inline, closing] = tokens as [Token, Token, Token];
  opening.attrSet("class", "callout-title");
  for (const token of tokens) token.block = true;
  [opening.level, inline.level, closing.level] = [level - 1, level, level - 1];
  inline.content = title;
  inline.children = [];
  if (map) inline.map = [map[0], map[0] + 1];
  return tokens;
}
