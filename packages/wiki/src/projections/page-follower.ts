import { EventLoopYielder } from "@palimpsest/eventsourcing";
import type { PagePart } from "../content/page-parts.ts";
import { type ParsedPage, parsePage } from "../content/parsed-page.ts";
import { storableText } from "../content/search/page-text.ts";
import { MAX_SNIPPET_SOURCE_UNITS } from "../content/search/snippet.ts";
import { hasRelativeLink, type LinkedSlugs, resolveOn } from "../content/wiki-links.ts";
import { type PageState, type ProjectedPageEvent, pageAfter } from "./page-events.ts";
import { Tally } from "./tally.ts";

/** What readers of the wiki know a page by. */
interface PageName {
  readonly slug: string;
  /** Storable everywhere. */
  readonly title: string;
  readonly archived: boolean;
}

/** What one event made of a page, as readers of the wiki find it: of an archived page they find nothing. */
export interface PageStep {
  readonly event: ProjectedPageEvent;
  readonly before: PageName | undefined;
  readonly after: PageName;
  /** What links to other pages came with it, each once, and which went. */
  readonly cameLinks: readonly LinkedSlugs[];
  readonly wentLinks: readonly LinkedSlugs[];
  /** The words by which the page was found before and is not after it, each once. */
  readonly wentWords: readonly string[];
}

/** What a page says to readers. Words are joined by spaces: of a section there are thousands of pages in memory. */
export interface PageText {
  /** For snippets: the start, storable everywhere. */
  readonly start: string;
  readonly titleWords: string;
  readonly textWords: string;
}

/** A page in a section: what each of its events there made of it, and what it is after them. */
export interface SectionPage {
  readonly id: string;
  readonly steps: readonly PageStep[];
  readonly last: PageName;
  /** What it then says; undefined of an archived page. */
  readonly text: PageText | undefined;
}

/** Parts on a page of this slug. */
interface PlacedParts {
  readonly slug: string;
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
  #reading: ParsedPage | undefined;
  /** How often each word and link is on the page; made when something of it goes. */
  #words: Tally | undefined;
  #links: Tally | undefined;

  /** @param origin under which people know the wiki */
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

  /** Goes on from a version that is known otherwise. */
  async begin(version: number, state: PageState): Promise<void> {
    this.#version = version;
    this.#state = state;
    this.#reading = await this.#read(state);
    this.#words = undefined;
    this.#links = undefined;
  }

  /** Applies the next event, and returns the page after it. */
  async follow(event: ProjectedPageEvent): Promise<PageState> {
    const [state, reading] = [this.#state, this.#reading];
    const after = pageAfter(state, event);
    const isSameText =
      state?.title === after.title && state.body === after.body && state.archived === after.archived;
    this.#version = event.originatorVersion;
    this.#state = after;
    if (!isSameText) this.#reading = await this.#read(after);
    const was = { slug: state?.slug ?? after.slug, parts: reading?.parts ?? [] };
    const is = { slug: after.slug, parts: this.#reading?.parts ?? [] };
    const [removed, added] = differing(was.parts, is.parts);
    this.#steps.push({
      event,
      before: state && nameOf(state),
      after: nameOf(after),
      ...this.#changedLinks(was, is, { removed, added }),
      wentWords: isSameText ? [] : this.#wentWords(reading, this.#reading, { removed, added }),
    });
    return after;
  }

  page(): SectionPage {
    if (this.#state === undefined) throw new TypeError(`No event of the page ${this.#id} was followed.`);
    return {
      id: this.#id,
      steps: this.#steps,
      last: nameOf(this.#state),
      text: this.#reading && textOf(this.#reading),
    };
  }

  async #read({ title, body, archived }: PageState): Promise<ParsedPage | undefined> {
    if (archived) return undefined;
    const reading = parsePage(storableText(title), body, this.#reading, this.#origin);
    const yielder = new EventLoopYielder();
    for (const _ of reading.findWords()) if (yielder.isDue) await yielder.step();
    return reading;
  }

  #changedLinks(
    before: PlacedParts,
    after: PlacedParts,
    { removed, added }: ChangedParts,
  ): Pick<PageStep, "cameLinks" | "wentLinks"> {
    // Relative links go with the page, and lead elsewhere from there.
    const moved = before.slug !== after.slug && before.parts.some(({ links }) => hasRelativeLink(links));
    const went = { slug: before.slug, parts: moved ? before.parts : removed };
    const came = { slug: after.slug, parts: moved ? after.parts : added };
    if ([...went.parts, ...came.parts].some(({ links }) => links.length > 0)) {
      this.#links ??= new Tally(linkKeys(before));
    }
    const links = this.#links?.replace(linkKeys(went), linkKeys(came));
    return { cameLinks: links?.came.map(slugsOf) ?? [], wentLinks: links?.went.map(slugsOf) ?? [] };
  }

  #wentWords(
    before: ParsedPage | undefined,
    after: ParsedPage | undefined,
    { removed, added }: ChangedParts,
  ): readonly string[] {
    if (before === undefined) {
      this.#words = undefined;
      return [];
    }
    if (!before.isFullyIndexed || after?.isFullyIndexed === false) {
      this.#words = undefined;
      const still = after?.vocabulary;
      return [...before.vocabulary].filter((word) => !still?.has(word));
    }
    if (removed.length > 0) this.#words ??= new Tally(wordsIn(before.parts));
    return this.#words?.replace(wordsIn(removed), wordsIn(added)).went ?? [];
  }
}

function textOf(reading: ParsedPage): PageText {
  const { title, text } = reading.joinedWords;
  const start = storableText(reading.text.slice(0, MAX_SNIPPET_SOURCE_UNITS));
  return { start, titleWords: title, textWords: text };
}

function nameOf({ slug, title, archived }: PageState): PageName {
  return { slug, title: storableText(title), archived };
}

/** What is between the first and the last parts that are the same in both. */
function differing(
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

function* wordsIn(parts: readonly PagePart[]): Generator<string> {
  for (const { words } of parts) yield* words;
}

function linkKeys({ slug, parts }: PlacedParts): string[] {
  return parts.flatMap(({ links }) => links.flatMap((link) => resolveOn(slug, link)?.join("\n") ?? []));
}

function slugsOf(key: string): LinkedSlugs {
  const [slug = "", ...others] = key.split("\n");
  return [slug, ...others];
}
