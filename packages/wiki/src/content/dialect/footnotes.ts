import type { Env, MarkdownIt, StateBlock, StateCore, StateInline, Token } from "markdown-it";

/** The environment of a page with footnotes. */
interface FootnoteEnv extends Env {
  /** The labels of all definitions. */
  footnotes?: Set<string>;
}

const REFERENCE = /\[\^([^\s\]]{1,200})\]/y;
const DEFINITION = /\[\^([^\s\]]{1,200})\]:/y;

/** A plugin for footnotes: `[^label]`, and definitions `[^label]: text`, which may have several blocks. */
export function footnotes(markdown: MarkdownIt): void {
  const alt = ["paragraph", "reference"];
  markdown.block.ruler.before("reference", "footnote", parseDefinition, { alt });
  markdown.inline.ruler.before("link", "footnote_reference", parseReference);
}

/** Returns the labels in a text that have a definition. */
export function footnoteLabels(text: string, { footnotes }: FootnoteEnv): readonly string[] {
  if (footnotes === undefined || !text.includes("[^")) return [];
  const labels = Array.from(text.matchAll(/\[\^([^\s\]]{1,200})\]/g), ([, label = ""]) =>
    label.toLowerCase(),
  );
  return labels.filter((label) => footnotes.has(label));
}

/** Returns whether a page has footnotes, whose definitions may change the meaning of any line. */
export function hasFootnotes({ footnotes }: FootnoteEnv): boolean {
  return footnotes !== undefined;
}

function parseDefinition(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const start = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0);
  if (!state.src.startsWith("[^", start) || (state.sCount[startLine] ?? 0) - state.blkIndent >= 4)
    return false;
  DEFINITION.lastIndex = start;
  const match = DEFINITION.exec(state.src);
  if (match === null || DEFINITION.lastIndex > (state.eMarks[startLine] ?? 0)) return false;
  if (silent) return true;
  const label = (match[1] ?? "").toLowerCase();
  const env = state.env as FootnoteEnv;
  env.footnotes ??= new Set();
  env.footnotes.add(label);

  const open = state.push("footnote_open", "li", 1);
  open.meta = { label };
  const { parentType, blkIndent } = state;
  const saved = {
    begin: state.bMarks[startLine],
    shift: state.tShift[startLine],
    count: state.sCount[startLine],
  };
  const textStart = state.skipSpaces(DEFINITION.lastIndex);
  // The first line is parsed as if it were indented like the lines after it.
  state.bMarks[startLine] = textStart;
  state.tShift[startLine] = 0;
  state.sCount[startLine] = blkIndent + 4;
  state.blkIndent += 4;
  state.parentType = "footnote";
  state.md.block.tokenize(state, startLine, endLine);
  state.parentType = parentType;
  state.blkIndent = blkIndent;
  state.bMarks[startLine] = saved.begin ?? 0;
  state.tShift[startLine] = saved.shift ?? 0;
  state.sCount[startLine] = saved.count ?? 0;
  open.map = [startLine, state.line];
  state.push("footnote_close", "li", -1);
  return true;
}

function parseReference(state: StateInline, silent: boolean): boolean {
  const { footnotes } = state.env as FootnoteEnv;
  if (footnotes === undefined || !state.src.startsWith("[^", state.pos) || state.linkLevel > 0) return false;
  REFERENCE.lastIndex = state.pos;
  const match = REFERENCE.exec(state.src);
  const label = match?.[1]?.toLowerCase();
  if (label === undefined || !footnotes.has(label) || REFERENCE.lastIndex > state.posMax) return false;
  if (!silent) state.push("footnote_reference", "", 0).meta = { label };
  state.pos = REFERENCE.lastIndex;
  return true;
}

interface Footnote {
  readonly tokens: Token[];
  number: number;
  references: number;
}

/** A plugin of the renderer of footnotes. */
export function renderFootnotes(markdown: MarkdownIt): void {
  markdown.core.ruler.push("footnotes", placeFootnotes);
  markdown.renderer.rules.footnote_mark = (tokens, index) => tokens[index]?.content ?? "";
}

/**
 * Numbers the footnotes in the order of their references and moves them behind the text. Each is a
 * list of its own, so that it is a block of the page. Footnotes without a reference are left out.
 */
function placeFootnotes(state: StateCore): void {
  if (!hasFootnotes(state.env)) return;
  const { text, footnotes } = takeFootnotes(state.tokens);
  const inOrder: Footnote[] = [];
  const link = (token: Token): readonly Token[] => {
    const label = String(token.meta?.label);
    const footnote = footnotes.get(label);
    if (footnote === undefined) return [];
    if (footnote.number === 0) footnote.number = inOrder.push(footnote);
    footnote.references += 1;
    const id = referenceId(label, footnote.references);
    return linkTokens(state, `#${footnoteId(label)}`, String(footnote.number), {
      id,
      class: "generated footnote",
    });
  };
  const linkAll = (tokens: readonly Token[]) => {
    for (const token of tokens) {
      if (token.children?.some(({ type }) => type === "footnote_reference")) {
        token.children = token.children.flatMap((child) =>
          child.type === "footnote_reference" ? link(child) : [child],
        );
      }
    }
  };
  linkAll(text);
  // Footnotes may refer to further footnotes.
  for (const { tokens } of inOrder) linkAll(tokens);
  for (const footnote of inOrder) for (const token of listTokens(state, footnote)) text.push(token);
  state.tokens = text;
}

/** Separates the tokens of footnotes from all others. */
function takeFootnotes(tokens: readonly Token[]) {
  const text: Token[] = [];
  const footnotes = new Map<string, Footnote>();
  const open: Token[][] = [text];
  for (const token of tokens) {
    if (token.type === "footnote_open") {
      const label = String(token.meta?.label);
      const footnote = { tokens: [token], number: 0, references: 0 };
      // The first definition of a label counts.
      if (!footnotes.has(label)) footnotes.set(label, footnote);
      open.push(footnote.tokens);
    } else open.at(-1)?.push(token);
    if (token.type === "footnote_close") open.pop();
  }
  return { text, footnotes };
}

function listTokens(state: StateCore, { tokens, number, references }: Footnote): readonly Token[] {
  const [opening] = tokens as [Token];
  const label = String(opening.meta?.label);
  const shift = 1 - opening.level;
  for (const token of tokens) token.level += shift;
  opening.attrSet("id", footnoteId(label));
  const list = new state.Token("footnote_list_open", "ol", 1);
  list.attrs = [
    ["class", "footnotes"],
    ["start", number],
  ];
  list.map = opening.map;
  list.block = true;
  const end = new state.Token("footnote_list_close", "ol", -1);
  end.block = true;
  addBacklinks(state, tokens, label, references);
  return [list, ...tokens, end];
}

/** Adds links to the references after the last paragraph. */
function addBacklinks(state: StateCore, tokens: Token[], label: string, references: number): void {
  const links: Token[] = [];
  for (let number = 1; number <= references; number++) {
    const attributes = { class: "generated backlink", "aria-label": "Back to the text" };
    links.push(...linkTokens(state, `#${referenceId(label, number)}`, "↩\ufe0e", attributes));
  }
  const last = tokens.at(-2)?.type === "paragraph_close" ? tokens.at(-3) : undefined;
  if (last?.children) {
    last.children = [...last.children, ...links];
    return;
  }
  const inline = new state.Token("inline", "", 0);
  inline.children = links;
  inline.block = true;
  inline.level = (tokens[0]?.level ?? 0) + 1;
  tokens.splice(-1, 0, inline);
}

function linkTokens(
  state: StateCore,
  href: string,
  text: string,
  attributes: Readonly<Record<string, string>>,
): readonly Token[] {
  const open = new state.Token("link_open", "a", 1);
  open.attrs = [["href", href], ...Object.entries(attributes)];
  // Not a text, so that the number is no part of a heading.
  const content = new state.Token("footnote_mark", "", 0);
  content.content = text;
  return [open, content, new state.Token("link_close", "a", -1)];
}

/** Labels may contain any characters except white space and brackets. */
function footnoteId(label: string): string {
  return `h-fn-${encodeURIComponent(label).replaceAll("%", "_")}`;
}

function referenceId(label: string, number: number): string {
  const suffix = number === 1 ? "" : `-${number}`;
  return `h-ref-${encodeURIComponent(label).replaceAll("%", "_")}${suffix}`;
}
