import { InvalidArgumentError } from "@palimpsest/eventsourcing";
import type { FastifyBaseLogger, FastifyPluginAsync } from "fastify";
import { attributionsOf } from "../../application/attributions.ts";
import type { AuthoredPage } from "../../application/page-record.ts";
import { type Names, nameOf } from "../../application/people.ts";
import { tracedNames } from "../../application/read-trace.ts";
import { expensiveRead } from "../../http/expensive-reads.ts";
import { addresses } from "../addresses.ts";
import { renderBlocksOf } from "../article.ts";
import { optionalVersion, pageOfAddress } from "../page-parameters.ts";
import { type Reading, readingFor } from "../reading.ts";
import { sendCacheableScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { authorMarks } from "./author-marks.tsx";
import {
  AUTHORSHIP_VIEWS,
  type AuthorshipProps,
  type AuthorshipView,
  authorshipScreen,
} from "./authorship.tsx";
import { type Author, authoredBlocks, sharesOf } from "./authorship-marks.ts";
import { drawnBlocks, MAX_DRAWN_BLOCKS } from "./drawn-blocks.ts";

/** Limits of what a browser can draw in one page. */
const MAX_RUNS = 5_000;
const MAX_UNITS = 1_000_000;

interface AuthorshipRequest {
  Params: { id: string };
  Querystring: { version?: string; view?: string };
}

export const authorshipRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, identity, views, responses, workers } = options;

  server.get<AuthorshipRequest>(addresses.authorship(":id"), expensiveRead, async (request, reply) => {
    const { params, query } = request;
    const reading = await readingFor(request, options, ["version", "view"]);
    const { trace } = reading;
    const view = viewIn(query.view);
    const page = await pageOfAddress(content, params.id);
    trace?.add(page.id);
    const version = optionalVersion("version", query.version) ?? page.version;
    const { runs } = await content.record.authorship(page.id, version);
    const attributed = await attributionsOf(content, views, page.id, [
      version,
      ...runs.map((run) => run.version),
    ]);
    const shares = sharesOf(runs, attributed);
    const names = await tracedNames(trace, () =>
      identity.personsByIds(shares.flatMap(({ author }) => author ?? [])),
    );
    const markOf = authorMarks(shares.flatMap(({ author }) => (author === undefined ? [] : [author])));
    const total = runs.reduce((sum, { text }) => sum + text.length, 0);
    const attributions = new Map(
      [...attributed].map(([version, { userId, at }]) => [
        version,
        { by: personOf(userId, names), at: at.toISOString(), mark: markOf(userId) },
      ]),
    );
    const authored = async () => {
      const blocks = await blocksOf(page.id, version, runs, reading, request.log);
      return authoredBlocks(blocks, runs, attributed, workers, request.signal);
    };
    const screen = authorshipScreen({
      page,
      version,
      at: (attributed.get(version)?.at ?? page.modifiedAt).toISOString(),
      authors: shares.map(({ author, units }) => ({
        person: personOf(author, names),
        mark: markOf(author),
        share: units / total,
      })),
      attributions,
      shown:
        view === "source"
          ? drawnRuns(runs)
          : drawnBlocks(
              await authored(),
              (author) => ({ by: personOf(author, names), mark: markOf(author) }),
              attributions,
            ),
    });
    return sendCacheableScreen(request, reply, screen, { responses, trace });
  });

  const blocksOf = async (
    id: string,
    version: number,
    runs: AuthoredPage["runs"],
    reading: Reading,
    log: Pick<FastifyBaseLogger, "error">,
  ) => {
    const body = runs.map(({ text }) => text).join("");
    const { slug, files } = await content.getPageById(id, version);
    const all = await renderBlocksOf({ slug, body, files }, reading, workers, log);
    // One block more than the limit shows that the page continues.
    return all.slice(0, MAX_DRAWN_BLOCKS + 1);
  };
};

function viewIn(text: string | undefined): AuthorshipView {
  if (text === undefined) return "source";
  const view = AUTHORSHIP_VIEWS.find((known) => known === text);
  if (view === undefined) {
    throw new InvalidArgumentError("view", text, `one of ${AUTHORSHIP_VIEWS.join(", ")}`);
  }
  return view;
}

function personOf(author: Author, names: Names) {
  return author === null || author === undefined ? null : { id: author, name: nameOf(author, names) };
}

/** Returns the runs within the limits; the last may be cut. */
function drawnRuns(all: AuthoredPage["runs"]): Extract<AuthorshipProps["shown"], { view: "source" }> {
  const runs: AuthoredPage["runs"][number][] = [];
  let remaining = MAX_UNITS;
  for (const { text, version } of all.slice(0, MAX_RUNS)) {
    if (remaining <= 0) break;
    runs.push({ text: text.slice(0, remaining), version });
    remaining -= text.length;
  }
  return { view: "source", runs, complete: runs.length === all.length && remaining >= 0 };
}
