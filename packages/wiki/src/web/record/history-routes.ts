import type { FastifyPluginAsync } from "fastify";
import type { ContentManagement } from "../../application/content-management.ts";
import { nameOf } from "../../application/people.ts";
import { may } from "../../application/policy.ts";
import { tracedNames } from "../../application/read-trace.ts";
import { authorise } from "../../http/person.ts";
import type { PageChange } from "../../projections/page-change.ts";
import { addresses, addressesAt } from "../addresses.ts";
import { versionTokenOf } from "../forms/page-form.ts";
import { optionalVersion, pageOfAddress } from "../page-parameters.ts";
import { sendCacheableScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { authorMarks } from "./author-marks.tsx";
import { historyScreen } from "./history.tsx";
import { type SavedEdit, savedEdits } from "./saved-edits.ts";

const VERSIONS_PER_SCREEN = 50;
/** The most versions that one save creates. A save is never split between pages. */
const MAX_VERSIONS_PER_SAVE = 8;

interface HistoryRequest {
  Params: { id: string };
  Querystring: { before?: string };
}

/** The history of a page, archived or not. It is read from the events, so it is never behind. */
export const historyRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, identity, policy, responses } = options;

  server.get<HistoryRequest>(addresses.history(":id"), async (request, reply) => {
    authorise(request, "read", policy);
    const trace = await responses.trace(request, ["before"]);
    const page = await pageOfAddress(content, request.params.id);
    trace?.add(page.id);
    const before = optionalVersion("before", request.query.before);
    const { edits, next } = await pageOfHistory(content, page.id, before);
    const names = await tracedNames(trace, () =>
      identity.personsByIds(edits.flatMap(({ userId }) => userId ?? [])),
    );
    const markOf = authorMarks(edits.map(({ userId }) => userId));
    const screen = historyScreen({
      page,
      edits: edits.map(({ userId, at, slug, ...edit }) => ({
        ...edit,
        at: at.toISOString(),
        by: userId === null ? null : { id: userId, name: nameOf(userId, names) },
        mark: markOf(userId),
        wikiThen: slug === null ? null : addressesAt(at.toISOString()).page(slug),
      })),
      before: next,
      continued: before !== undefined,
      editBase: may(request.person, "write", policy) ? versionTokenOf(page) : null,
    });
    return sendCacheableScreen(request, reply, screen, { responses, trace });
  });
};

async function pageOfHistory(
  content: ContentManagement,
  pageId: string,
  before: number | undefined,
): Promise<{ readonly edits: readonly SavedEdit[]; readonly next: number | null }> {
  const found = await content.record.history(pageId, {
    limit: VERSIONS_PER_SCREEN + MAX_VERSIONS_PER_SAVE,
    ...(before === undefined ? {} : { before }),
  });
  const shown = completeSaves(found);
  const oldest = shown.at(-1)?.version ?? 1;
  const earlier = oldest > 1 ? await content.getPageById(pageId, oldest - 1) : null;
  return { edits: savedEdits(shown, earlier), next: oldest > 1 ? oldest : null };
}

/** Returns the changes of one page of the list, extended to the end of its last save. */
function completeSaves(changes: readonly PageChange[]): readonly PageChange[] {
  const last = changes[VERSIONS_PER_SCREEN - 1];
  const next = changes.findIndex(
    (change, index) => index >= VERSIONS_PER_SCREEN && change.saveId !== last?.saveId,
  );
  return next === -1 ? changes : changes.slice(0, next);
}
