import type { Notification } from "@palimpsest/eventsourcing";
import { BodyUpdated, FilesAttached, FilesRemoved, FilesReplaced } from "../domain/page.ts";
import type { SiteView } from "../projections/site.ts";
import type { ActiveView } from "./views.ts";

/** Returns the name of the links to a page, for use among ids of originators. */
export function linksTo(pageId: string): string {
  return `links to ${pageId}`;
}

/** More changed pages than this are not looked up: anything may have changed. */
const MAX_PAGES = 200;

/** If the view is more events than this behind, its progress may change anything. */
const MAX_EVENTS = 10_000;

/** Events that change neither titles and slugs nor whether pages are archived. */
const KEEPS_NAMES: ReadonlySet<string> = new Set(
  [BodyUpdated, FilesAttached, FilesReplaced, FilesRemoved].map(({ topic }) => topic),
);

/** Determines what the progress of the site view changes: links to a few pages, or possibly anything. */
export class SiteChanges {
  readonly #site: Pick<SiteView, "backlinksChangedBy">;
  /** The events after `#from`, in order. */
  #events: Pick<Notification, "id" | "originatorId" | "topic">[] = [];
  #from = 0;
  #last: ActiveView | undefined;
  #version = 0;

  constructor(site: Pick<SiteView, "backlinksChangedBy">) {
    this.#site = site;
  }

  /** Differs after titles, slugs, archived pages or unknown parts of the view may have changed. */
  get version(): number {
    return this.#version;
  }

  /** Adds the events that follow those added before. */
  add(events: readonly Notification[]): void {
    this.#events.push(...events.map(({ id, originatorId, topic }) => ({ id, originatorId, topic })));
    const last = this.#events.at(-1);
    if (last !== undefined && this.#events.length > MAX_EVENTS) this.reset(last.id);
  }

  /** Forgets all events up to and including `position`. */
  reset(position: number): void {
    this.#events = [];
    this.#from = position;
  }

  /**
   * Resolves to the `linksTo` of pages whose backlinks may have changed since the last call. If anything else may have
   * changed, raises `version` instead and resolves to no pages.
   */
  async progress(view: ActiveView | undefined): Promise<readonly string[]> {
    const last = this.#last;
    if (last?.generation === view?.generation && last?.position === view?.position) return [];
    this.#last = view;
    const pageIds = this.#pagesWithSameNames(last, view);
    this.#forgetUntil(view?.position ?? 0);
    if (pageIds !== undefined && last !== undefined) {
      try {
        return [...(await this.#site.backlinksChangedBy(pageIds, last.position))].map(linksTo);
      } catch {
        // Requests report the error when they read the view.
      }
    }
    this.#version += 1;
    return [];
  }

  /** Returns the pages that the view has processed events of, if their names are the same; otherwise undefined. */
  #pagesWithSameNames(
    last: ActiveView | undefined,
    view: ActiveView | undefined,
  ): readonly string[] | undefined {
    const isKnown = last !== undefined && last.generation === view?.generation;
    if (!isKnown || last.position < this.#from || view.position < last.position) return undefined;
    const events = this.#events.filter(({ id }) => id > last.position && id <= view.position);
    const pageIds = new Set(events.map(({ originatorId }) => originatorId));
    const isComplete = events.length === view.position - last.position && pageIds.size <= MAX_PAGES;
    return isComplete && events.every(({ topic }) => KEEPS_NAMES.has(topic)) ? [...pageIds] : undefined;
  }

  #forgetUntil(position: number): void {
    this.#events = this.#events.filter(({ id }) => id > position);
    this.#from = Math.max(this.#from, position);
  }
}
