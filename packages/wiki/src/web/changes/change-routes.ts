import { InvalidArgumentError } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsync } from "fastify";
import { PageNotFoundError } from "../../application/errors.ts";
import { nameOf } from "../../application/people.ts";
import { traced, tracedNames } from "../../application/read-trace.ts";
import { waitForView } from "../../application/views.ts";
import type { WikiReader } from "../../application/wiki-reading.ts";
import { CHANGE_KINDS, type ChangeKind } from "../../projections/page-change.ts";
import { type Change, RECENT_CHANGES } from "../../projections/recent-changes.ts";
import { addresses } from "../addresses.ts";
import { waitForOwnWrites } from "../last-write.ts";
import { isId } from "../page-parameters.ts";
import { readingFor } from "../reading.ts";
import { sendCacheableScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import type { ListedChange } from "./change-row.tsx";
import { changesScreen } from "./changes.tsx";

const CHANGES_PER_SCREEN = 50;

interface ChangesRequest {
  Querystring: { before?: string; person?: string; page?: string; kind?: string };
}

/** The changes of all pages, which can be filtered by person, page and kind. */
export const changeRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { identity, views, responses } = options;

  server.get<ChangesRequest>(addresses.changes(), async (request, reply) => {
    const { wiki, trace } = await readingFor(request, options, ["before", "person", "page", "kind"]);
    await waitForView(views, RECENT_CHANGES, wiki.at);
    await waitForOwnWrites(request, views, RECENT_CHANGES, trace);
    const { query } = request;
    const before = positionIn(query.before);
    const end = wiki.at === undefined ? before : Math.min(wiki.at + 1, before ?? Number.MAX_SAFE_INTEGER);
    const userId = idIn("person", query.person);
    const pageId = idIn("page", query.page);
    const kind = kindIn(query.kind);
    const range = {
      limit: CHANGES_PER_SCREEN + 1,
      ...(end === undefined ? {} : { before: end }),
      ...(userId === undefined ? {} : { userId }),
      ...(pageId === undefined ? {} : { pageId }),
      ...(kind === undefined ? {} : { kind }),
    };
    const found = await traced(trace, RECENT_CHANGES, () => views.recentChanges.recentChanges(range));
    const shown = found.slice(0, CHANGES_PER_SCREEN);
    const ids = shown.flatMap(({ userId }) => userId ?? []);
    const names = await tracedNames(trace, () =>
      identity.personsByIds(userId === undefined ? ids : [userId]),
    );
    const personOf = (id: string) => ({ id, name: nameOf(id, names) });
    const last = shown.at(-1)?.position;
    const earlierPages = await pagesAtDate(wiki, shown);
    const screen = changesScreen({
      changes: shown.map(({ userId, pageId, at, page, ...change }) => ({
        ...change,
        page: { ...page, ...earlierPages.get(pageId), id: pageId },
        at: at.toISOString(),
        by: userId === null ? null : personOf(userId),
      })),
      before: found.length > shown.length && last !== undefined ? String(last) : null,
      continued: before !== undefined,
      filters: {
        ...(userId === undefined ? {} : { person: personOf(userId) }),
        ...(pageId === undefined ? {} : { page: { id: pageId, title: await titleOf(wiki, pageId) } }),
        ...(kind === undefined ? {} : { kind }),
      },
    });
    return sendCacheableScreen(request, reply, screen, { current: "changes", responses, trace });
  });
};

/** Resolves to the titles and slugs of pages at an earlier date; empty for now, since the view contains them. */
async function pagesAtDate(
  wiki: WikiReader,
  changes: readonly Change[],
): Promise<ReadonlyMap<string, Omit<ListedChange["page"], "id">>> {
  const ids = wiki.at === undefined ? [] : [...new Set(changes.map(({ pageId }) => pageId))];
  const pages = await Promise.all(ids.map((id) => wiki.page(id)));
  return new Map(pages.map(({ id, title, slug, archived }) => [id, { title, slug, isArchived: archived }]));
}

async function titleOf(wiki: WikiReader, pageId: string): Promise<string | null> {
  try {
    return (await wiki.page(pageId)).title;
  } catch (error) {
    if (error instanceof PageNotFoundError) return null;
    throw error;
  }
}

function positionIn(before: string | undefined): number | undefined {
  if (before === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(before)) return Number(before);
  throw new InvalidArgumentError("before", before, "a position, a whole number from 1");
}

function idIn(name: "person" | "page", id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  if (isId(String(id))) return String(id).toLowerCase();
  throw new InvalidArgumentError(name, id, `the id of a ${name}`);
}

/** An empty text, which the form sends, means all kinds. */
function kindIn(text: string | undefined): ChangeKind | undefined {
  if (text === undefined || text === "") return undefined;
  const kind = CHANGE_KINDS.find((known) => known === text);
  if (kind === undefined) throw new InvalidArgumentError("kind", text, `one of ${CHANGE_KINDS.join(", ")}`);
  return kind;
}
