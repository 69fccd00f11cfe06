import { EventLoopYielder } from "@palimpsest/eventsourcing";
import type { FastifyBaseLogger } from "fastify";
import type { ComponentChildren, VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { articleOf } from "../application/articles.ts";
import { PageNotFoundError } from "../application/errors.ts";
import type { PageDetails } from "../application/pages.ts";
import type { Article, LinkOptions, PageEmbed } from "../content/article.ts";
import { headingId } from "../content/heading-ids.ts";
import type { LinkTarget } from "../content/link-target.ts";
import type { TaskRunner } from "../workers/task-runner.ts";
import { addresses } from "./addresses.ts";
import { type PageText, resolveLinks } from "./link-options.ts";
import type { Reading } from "./reading.ts";
import type { Link } from "./strings/nodes.tsx";
import { strings } from "./strings/strings.ts";

/** How many pages are shown within one another, with the outermost. */
const MAX_DEPTH = 5;
/** The most distinct embeds that one page shows, with those within them. */
const MAX_EMBEDS = 50;
/** The most text that one page shows of others. In UTF-16 code units of HTML. */
const MAX_UNITS = 1_000_000;

/** Renders the pages that one page shows within it, at the date that is read. */
export class EmbedRenderer {
  readonly #reading: Reading;
  readonly #workers: TaskRunner;
  readonly #log: Pick<FastifyBaseLogger, "error">;
  readonly #yielder = new EventLoopYielder();
  #embeds = 0;
  #units = 0;
  #hasToldLimit = false;

  constructor(reading: Reading, workers: TaskRunner, log: Pick<FastifyBaseLogger, "error">) {
    this.#reading = reading;
    this.#workers = workers;
    this.#log = log;
  }

  /**
   * Resolves to the options with which an article shows its links and embeds.
   * @param outer the slugs of the pages that show this one, the outermost first
   * @throws ServerBusyError
   */
  async optionsFor(article: Article, page: PageText, outer: readonly string[] = []): Promise<LinkOptions> {
    const { options, targetOf } = await resolveLinks(article, page, this.#reading, this.#log);
    if (article.embeds.length === 0) return options;
    const frames = new Map<string, string>();
    for (const embed of article.embeds) {
      if (this.#embeds >= MAX_EMBEDS) break;
      if (frames.has(keyOf(embed))) continue;
      this.#embeds += 1;
      await this.#yielder.step();
      const frame = await this.#frameOf(embed, targetOf(embed.names), [...outer, page.slug]);
      if (frame !== undefined) frames.set(keyOf(embed), renderToString(frame));
    }
    return { ...options, embedHtml: (embed) => this.#limited(frames.get(keyOf(embed))) };
  }

  /** Returns a frame while the limits allow it, then a notice once, then undefined. */
  #limited(frame: string | undefined): string | undefined {
    this.#units += frame?.length ?? 0;
    if (frame !== undefined && this.#units <= MAX_UNITS) return frame;
    const isLimited = this.#embeds >= MAX_EMBEDS || this.#units > MAX_UNITS;
    if (!isLimited || this.#hasToldLimit) return undefined;
    this.#hasToldLimit = true;
    return renderToString(<EmbedNotice>{strings.embeds.tooMany}</EmbedNotice>);
  }

  /** @param pages the slugs of the page with the embed and the pages that show it */
  async #frameOf(
    embed: PageEmbed,
    target: LinkTarget | undefined,
    pages: readonly string[],
  ): Promise<VNode | undefined> {
    switch (target?.kind) {
      case undefined:
        return undefined;
      case "nothing":
        return this.#missing(embed);
      case "several": {
        const href = this.#reading.addresses.choosePage(embed.target);
        const choose: Link = (words) => <a href={href}>{words}</a>;
        return <EmbedNotice>{strings.embeds.several(<bdi>{embed.target}</bdi>, choose)}</EmbedNotice>;
      }
      case "page": {
        const page = await this.#pageOf(target.id);
        return page === undefined ? this.#missing(embed) : this.#frame(embed, page, pages);
      }
    }
  }

  #missing({ target, names: [slug] }: PageEmbed): VNode {
    const isCurrent = this.#reading.wiki.at === undefined;
    const text = isCurrent ? strings.embeds.missing : strings.embeds.missingEarlier;
    return (
      <EmbedNotice>
        {text(<bdi>{target}</bdi>)}{" "}
        {this.#reading.mayCreate && <a href={addresses.newPage(slug)}>{strings.embeds.create}</a>}
      </EmbedNotice>
    );
  }

  async #frame(embed: PageEmbed, page: PageDetails, pages: readonly string[]): Promise<VNode> {
    const address = this.#reading.addresses.page(page.slug);
    const link = (
      <a href={address}>
        <bdi>{page.title}</bdi>
      </a>
    );
    if (pages.includes(page.slug)) return <EmbedNotice>{strings.embeds.cycle(link)}</EmbedNotice>;
    if (pages.length >= MAX_DEPTH) return <EmbedNotice>{strings.embeds.tooDeep(link)}</EmbedNotice>;
    const article = await articleOf(page.body, this.#workers);
    if (article.isSource) return <EmbedNotice>{strings.embeds.tooLong(link)}</EmbedNotice>;
    const options = await this.optionsFor(article, page, pages);
    const id = embed.heading === "" ? undefined : headingId(embed.heading);
    const html = article.embedded(page.title, id, options);
    if (html === undefined) {
      return <EmbedNotice>{strings.embeds.noSection(link, <bdi>{embed.heading}</bdi>)}</EmbedNotice>;
    }
    return (
      <section class="embed" aria-label={strings.embeds.label(page.title)}>
        <p class="embed-source">
          {id === undefined ? (
            link
          ) : (
            <a href={`${address}#${encodeURIComponent(id)}`}>
              {strings.embeds.section(<bdi>{page.title}</bdi>, <bdi>{embed.heading}</bdi>)}
            </a>
          )}
        </p>
        <div dir="auto" dangerouslySetInnerHTML={{ __html: withAddress(html, address) }} />
      </section>
    );
  }

  async #pageOf(id: string): Promise<PageDetails | undefined> {
    try {
      const page = await this.#reading.wiki.page(id);
      return page.archived ? undefined : page;
    } catch (error) {
      if (error instanceof PageNotFoundError) return undefined;
      throw error;
    }
  }
}

function keyOf({ target, heading }: PageEmbed): string {
  return `${target}#${heading}`;
}

/** Makes the links of an article to its own parts lead to the page with these parts. */
function withAddress(html: string, address: string): string {
  return html.replaceAll(' href="#', ` href="${address}#`);
}

function EmbedNotice({ children }: { children: ComponentChildren }): VNode {
  return (
    <div class="embed notice">
      <p>{children}</p>
    </div>
  );
}
