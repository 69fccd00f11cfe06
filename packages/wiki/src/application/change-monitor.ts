import { setImmediate } from "node:timers/promises";
import type { Notification, NotificationLog } from "@palimpsest/eventsourcing";
import { SITE, type SiteView } from "../projections/site.ts";
import { SiteChanges } from "./site-changes.ts";
import type { ActiveView, Views } from "./views.ts";

/** The source in `CheckedState` that changes with every event. */
export const RECORD = "record";

/** The source in `CheckedState` that changes when titles, slugs or archived pages in the site view may have changed. */
export const SITE_NAMES = "site-names";

/** The state of the wiki at a check. Checks between which nothing changed return the same object. */
export interface CheckedState {
  /** Greater than those of earlier states. */
  readonly number: number;
  /** The id of the last notification. */
  readonly position: number;
  /** Differs after everything may have changed. */
  readonly epoch: number;
  /** The last notification that the site view had processed; undefined if the view failed. */
  readonly sitePosition?: number | undefined;
  /** For the record, the views and the other sources, a value that differs after the source has changed. */
  readonly sources: ReadonlyMap<string, string | number>;
}

/** Is notified of changes, before the check that found them resolves. */
export interface ChangeListener {
  /** New events of these originators were recorded, or the site view has other links to a page (`linksTo`). */
  onChanged(changed: Iterable<string>): void;
  /** Anything may have changed. */
  onAllChanged(): void;
}

export interface ChangeMonitorOptions {
  readonly log: Pick<NotificationLog, "maxId" | "select">;
  readonly views: Pick<Views, "activeViews"> & { readonly site: Pick<SiteView, "backlinksChangedBy"> };
  /** The sources of `CheckedState` that are neither the record nor a view. */
  readonly otherSources?: Readonly<Record<string, () => Promise<string | number>>>;
}

/** More new notifications than this are not read: everything may have changed. */
const MAX_NEW_NOTIFICATIONS = 1_000;
const MAX_NEW_BYTES = 4 * 1024 * 1024;
/** For how long views that have processed all events are not read again: they change only if they are rebuilt. */
const VIEWS_KNOWN_MS = 1_000;
/** If more originators have changed, all changes are forgotten: everything may have changed. */
const MAX_CHANGES = 10_000;

/**
 * Checks whether the wiki has changed, in any process, and notifies a listener of the changed originators. Reads the last
 * notification id once for all callers that wait, and otherwise only what is new.
 */
export class ChangeMonitor {
  readonly #options: ChangeMonitorOptions;
  /** By originator or `linksTo`: the number of the last check that found a change. */
  readonly #changes = new Map<string, number>();
  readonly #siteChanges: SiteChanges;
  #epoch = 0;
  #listener: ChangeListener | undefined;
  #state: CheckedState | undefined;
  /** The changes up to this position were found. */
  #readUntil: number | undefined;
  #number = 0;
  #lastEventId: string | undefined;
  #viewsReadAt = Number.NEGATIVE_INFINITY;
  #views: readonly ActiveView[] | undefined;
  #next: Promise<CheckedState> | undefined;
  #latest: Promise<unknown> = Promise.resolve();

  constructor(options: ChangeMonitorOptions) {
    this.#options = options;
    this.#siteChanges = new SiteChanges(options.views.site);
  }

  /** Sets the only listener. */
  listen(listener: ChangeListener): void {
    this.#listener = listener;
  }

  /**
   * Resolves to the state, which includes all events that were acknowledged before the call.
   * @throws the errors of the recorder
   */
  check(): Promise<CheckedState> {
    if (this.#next === undefined) {
      const next = this.#checkAfter(this.#latest);
      this.#next = next;
      this.#latest = next.catch(() => {});
    }
    return this.#next;
  }

  /** Returns whether changes of these originators or links were found after `state`, or may have been. */
  hasChangedSince({ epoch, number }: CheckedState, dependencies: Iterable<string>): boolean {
    if (epoch !== this.#epoch) return true;
    for (const dependency of dependencies) if ((this.#changes.get(dependency) ?? 0) > number) return true;
    return false;
  }

  async #checkAfter(previous: Promise<unknown>): Promise<CheckedState> {
    await previous;
    // All requests that arrive in one turn of the event loop share a check.
    await setImmediate();
    this.#next = undefined;
    const position = await this.#options.log.maxId();
    if (position !== this.#readUntil) await this.#readChanges(position);
    const others = Object.entries(this.#options.otherSources ?? {});
    const [values] = await Promise.all([
      Promise.all(others.map(async ([source, read]) => [source, await read()] as const)),
      this.#readViews(position),
    ]);
    const site = this.#views?.find(({ name }) => name === SITE);
    this.#addChanges(await this.#siteChanges.progress(site));
    return this.#stateAt(position, values);
  }

  async #readChanges(position: number): Promise<void> {
    const before = this.#readUntil;
    if (before === undefined || position < before || position - before > MAX_NEW_NOTIFICATIONS) {
      return this.#changeAll(position);
    }
    // Includes the last notification that was read, to notice if another event has its id now.
    const start = Math.max(before, 1);
    const limit = MAX_NEW_NOTIFICATIONS + 1;
    const found = await this.#options.log.select({ start, stop: position, limit, maxBytes: MAX_NEW_BYTES });
    const last = found.at(-1);
    const isSameLog = before === 0 || this.#isLastKnown(found[0]);
    if (!isSameLog || last?.id !== position) return this.#changeAll(position);
    const changed = found.filter(({ id }) => id > before);
    this.#lastEventId = last.eventId;
    this.#siteChanges.add(changed);
    this.#addChanges(changed.map(({ originatorId }) => originatorId));
    // If the check fails later, the next one continues here.
    this.#readUntil = position;
  }

  #addChanges(changed: readonly string[]): void {
    if (changed.length === 0) return;
    const number = this.#number + 1;
    for (const dependency of changed) this.#changes.set(dependency, number);
    if (this.#changes.size > MAX_CHANGES) {
      this.#changes.clear();
      this.#epoch += 1;
    }
    this.#listener?.onChanged(new Set(changed));
  }

  #isLastKnown(notification: Notification | undefined): boolean {
    return this.#lastEventId === undefined || notification?.eventId === this.#lastEventId;
  }

  /** The last id can be lower than before, or belong to another event, after the restore of a backup. */
  #changeAll(position: number): void {
    this.#readUntil = position;
    this.#siteChanges.reset(position);
    this.#changes.clear();
    this.#epoch += 1;
    this.#lastEventId = undefined;
    this.#listener?.onAllChanged();
  }

  /** While all views have processed the last event, they change only with a new one. */
  async #readViews(position: number): Promise<void> {
    const areComplete = this.#views?.every((view) => view.position === position) ?? false;
    if (areComplete && performance.now() - this.#viewsReadAt < VIEWS_KNOWN_MS) return;
    const readAt = performance.now();
    try {
      this.#views = await this.#options.views.activeViews();
      this.#viewsReadAt = readAt;
    } catch {
      // The page is shown without the view; queries of it report the error.
      this.#views = undefined;
    }
  }

  #stateAt(position: number, others: readonly (readonly [string, string | number])[]): CheckedState {
    const views = this.#views ?? [];
    const sources = new Map<string, string | number>([
      [RECORD, position],
      ...(this.#views === undefined ? [] : [[SITE_NAMES, this.#siteChanges.version] as const]),
      ...others,
      ...views.map(({ name, generation, position }) => [name, `${generation}.${position}`] as const),
    ]);
    const epoch = this.#epoch;
    const state = this.#state;
    if (state?.position === position && state.epoch === epoch && isSame(state.sources, sources)) return state;
    this.#number += 1;
    const sitePosition = views.find(({ name }) => name === SITE)?.position;
    this.#state = { number: this.#number, position, sitePosition, epoch, sources };
    return this.#state;
  }
}

function isSame(one: CheckedState["sources"], other: CheckedState["sources"]): boolean {
  if (one.size !== other.size) return false;
  for (const [source, value] of one) if (other.get(source) !== value) return false;
  return true;
}
