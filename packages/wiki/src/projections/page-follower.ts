import { EventLoopYielder } from "@palimpsest/eventsourcing";
import { ArticleFiles } from "../content/article-files.ts";
import type { PagePart } from "../content/page-parts.ts";
import { type ParsedPage, parsePage } from "../content/parsed-page.ts";
import { MAX_SNIPPET_SOURCE_UNITS } from "../content/search/snippet.ts";
import { splitWords } from "../content/search/words.ts";
import { storableText } from "../content/storable-text.ts";
import { hasRelativeLink, type LinkNames, resolveForPage } from "../content/wiki-links.ts";
import type { PageFile } from "../domain/page-files.ts";
import { Multiset } from "./multiset.ts";
import { type PageState, type ProjectedPageEvent, pageAfter } from "./page-events.ts";

/** The title and slug of a page. */
interface PageName {
  readonly slug: string;
  /** Storable in every database. */
  readonly title: string;
  readonly archived: boolean;
}

/** The effect of one event on the views. An archived page has no links and no words. */
export interface PageStep {
  readonly event: ProjectedPageEvent;
  readonly before: PageName | undefined;
  readonly after: PageName;
  /** Distinct links that the page has only after the event. */
  readonly addedLinks: readonly LinkNames[];
  /** Distinct links that the page has only before the event. */
  readonly removedLinks: readonly LinkNames[];
}

/** The searchable text of a page. Words are joined by spaces, since a batch has thousands of pages in memory. */
export interface PageText {
  /** The start of the text for snippets, storable in every database. */
  readonly start: string;
  readonly titleWords: string;
  readonly textWords: string;
}

/** A page in a batch: the effects of its events, and the page after them. */
export interface BatchPage {
  readonly id: string;
  readonly steps: readonly PageStep[];
  readonly last: PageName;
  /** Undefined if the page is archived. */
  readonly text: PageText | undefined;
  /** Distinct words that events removed from the page. Later events may have added them again. */
  readonly formerWords: readonly string[];
}

/** Parts of a page with this slug and these files. */
interface PlacedParts {
  readonly slug: string;
  readonly files: readonly PageFile[];
  readonly parts: readonly PagePart[];
}

interface ChangedParts {
  readonly removed: readonly PagePart[];
  readonly added: readonly PagePart[];
}

/** Follows one page from version to version. */
export class PageFollower {
  readonly #id: string;
  readonly #origin: string | undefined;
  readonly #steps: PageStep[] = [];
  #version = 0;
  #state: PageState | undefined;
  #parsed: ParsedPage | undefined;
  /** The links of the page, counted when the first link is added or removed. */
  #links: Multiset | undefined;
  readonly #formerWords = new Set<string>();

  /** @param origin the origin of the wiki, whose absolute addresses are links within the wiki */
  constructor(id: string, origin: string | undefined) {
    this.#id = id;
    this.#origin = origin;
  }

  get version(): number {
    return this.#version;
  }

  get state(): PageState | undefined {
    return this.#state;
  }

  get parsed(): ParsedPage | undefined {
    return this.#parsed;
  }

  /** Continues from this version. @param parsed the parsed state; by default it is parsed again */
  async begin(version: number, state: PageState, parsed?: ParsedPage): Promise<void> {
    this.#version = version;
    this.#state = state;
    this.#parsed = parsed ?? (await this.#read(state));
    this.#links = undefined;
  }

  /** Applies the next event, and returns the page after it. */
  async follow(event: ProjectedPageEvent): Promise<PageState> {
    const [state, parsed] = [this.#state, this.#parsed];
    const after = pageAfter(state, event);
    const isSameText =
      state?.title === after.title && state.body === after.body && state.archived === after.archived;
    this.#version = event.originatorVersion;
    this.#state = after;
    if (!isSameText) this.#parsed = await this.#read(after);
    const { slug, files } = state ?? after;
    const before = { slug, files, parts: parsed?.parts ?? [] };
    const current = { slug: after.slug, files: after.files, parts: this.#parsed?.parts ?? [] };
    const [removed, added] = changedParts(before.parts, current.parts);
    this.#steps.push({
      event,
      before: state && nameOf(state),
      after: nameOf(after),
      ...this.#changedLinks(before, current, { removed, added }),
    });
    if (!isSameText) this.#addRemovedWords(parsed, this.#parsed, removed);
    return after;
  }

  page(): BatchPage {
    if (this.#state === undefined)
      throw new TypeError(`Page ${this.#id} has no state: call begin() or follow() first.`);
    return {
      id: this.#id,
      steps: this.#steps,
      last: nameOf(this.#state),
      text: this.#parsed && textOf(this.#parsed),
      formerWords: [...this.#formerWords],
    };
  }

  async #read({ title, body, archived }: PageState): Promise<ParsedPage | undefined> {
    if (archived) return undefined;
    const parsed = parsePage(storableText(title), body, this.#parsed, this.#origin);
    const yielder = new EventLoopYielder();
    for (const _ of parsed.findWords()) if (yielder.isDue) await yielder.step();
    return parsed;
  }

  #changedLinks(
    before: PlacedParts,
    after: PlacedParts,
    { removed, added }: ChangedParts,
  ): Pick<PageStep, "addedLinks" | "removedLinks"> {
    // The targets of relative links depend on the slug and the files of the page.
    const isPlaceChanged = before.slug !== after.slug || before.files !== after.files;
    const isResolvedAgain = isPlaceChanged && before.parts.some(({ links }) => hasRelativeLink(links));
    const removedParts = { ...before, parts: isResolvedAgain ? before.parts : removed };
    const addedParts = { ...after, parts: isResolvedAgain ? after.parts : added };
    if ([...removedParts.parts, ...addedParts.parts].some(({ links }) => links.length > 0)) {
      this.#links ??= new Multiset(linkKeys(before));
    }
    const links = this.#links?.replace(linkKeys(removedParts), linkKeys(addedParts));
    return { addedLinks: links?.added.map(namesOf) ?? [], removedLinks: links?.removed.map(namesOf) ?? [] };
  }

  #addRemovedWords(
    before: ParsedPage | undefined,
    after: ParsedPage | undefined,
    removed: readonly PagePart[],
  ): void {
    if (before === undefined) return;
    const areAllIndexed = before.isFullyIndexed && after?.isFullyIndexed !== false;
    const words = areAllIndexed
      ? new Set(removed.flatMap(({ joinedWords }) => splitWords(joinedWords)))
      : before.vocabulary;
    for (const word of after === undefined ? words : missingWords(words, after)) this.#formerWords.add(word);
  }
}

/** Up to this number, each word is searched in the text. This takes less time than the vocabulary of a page. */
const FEW_WORDS = 50;

/** Returns the words that the page does not have. */
function missingWords(words: ReadonlySet<string>, page: ParsedPage): readonly string[] {
  if (words.size === 0) return [];
  if (words.size > FEW_WORDS || !page.isFullyIndexed) {
    const { vocabulary } = page;
    return [...words].filter((word) => !vocabulary.has(word));
  }
  const { title, text } = page.joinedWords;
  const all = ` ${title} ${text} `;
  return [...words].filter((word) => !all.includes(` ${word} `));
}

function textOf(parsed: ParsedPage): PageText {
  const { title, text } = parsed.joinedWords;
  const start = storableText(parsed.text.slice(0, MAX_SNIPPET_SOURCE_UNITS));
  return { start, titleWords: title, textWords: text };
}

function nameOf({ slug, title, archived }: PageState): PageName {
  return { slug, title: storableText(title), archived };
}

/** Returns the parts between the common start and the common end. */
function changedParts(
  before: readonly PagePart[],
  after: readonly PagePart[],
): readonly [removed: readonly PagePart[], added: readonly PagePart[]] {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return [before.slice(start, before.length - end), after.slice(start, after.length - end)];
}

function linkKeys({ slug, files, parts }: PlacedParts): string[] {
  const mayNameFiles = files.length > 0 && parts.some(({ links }) => hasRelativeLink(links));
  const page = { slug, files: mayNameFiles ? new ArticleFiles(files) : undefined };
  return parts.flatMap(({ links }) => links.flatMap((link) => resolveForPage(page, link)?.join("\n") ?? []));
}

function namesOf(key: string): LinkNames {
  const [slug = "", otherSlug, title] = key.split("\n");
  return [slug, otherSlug || null, title || null];
}
