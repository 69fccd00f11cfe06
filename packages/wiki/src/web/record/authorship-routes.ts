import { InvalidArgumentError } from "@palimpsest/eventsourcing";
import type { FastifyBaseLogger, FastifyPluginAsync } from "fastify";
import { attributionsOf } from "../../application/attributions.ts";
import type { AuthoredPage, VersionAttribution } from "../../application/page-record.ts";
import { type Names, nameOf } from "../../application/people.ts";
import { renderBlocks } from "../../content/markdown.ts";
import { authorise } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { linksOf } from "../page/article.ts";
import { sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { authorMarks } from "./author-marks.ts";
import {
  AUTHORSHIP_VIEWS,
  type AuthorshipProps,
  type AuthorshipView,
  authorshipScreen,
  type MarkedBlock,
} from "./authorship.tsx";
import { type Author, authoredBlocks, sharesOf } from "./authorship-marks.ts";
import { pageOfAddress, versionIn } from "./versions.ts";

/** More than these, a browser does not draw at once. */
const MAX_RUNS = 5_000;
const MAX_BLOCKS = 2_000;
const MAX_UNITS = 1_000_000;

interface Asked {
  Params: { id: string };
  Querystring: { version?: string; view?: string };
}

/** Who wrote which part of a page, of any version. */
export const authorshipRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, identity, views, policy } = options;

  server.get<Asked>(addresses.authorship(":id"), async (request, reply) => {
    authorise(request, "read", policy);
    const { params, query } = request;
    const view = viewIn(query.view);
    const page = await pageOfAddress(content, params.id);
    const version = versionIn("version", query.version) ?? page.version;
    const { runs } = await content.record.authorship(page.id, version);
    const attributed = await attributionsOf(content, views, page.id, [
      version,
      ...runs.map((run) => run.version),
    ]);
    const shares = sharesOf(runs, attributed);
    const names = await identity.personsByIds(shares.flatMap(({ author }) => author ?? []));
    const markOf = authorMarks(shares.flatMap(({ author }) => (author === undefined ? [] : [author])));
    const total = runs.reduce((sum, { text }) => sum + text.length, 0);
    const screen = authorshipScreen({
      page,
      version,
      at: (attributed.get(version)?.at ?? page.modifiedAt).toISOString(),
      authors: shares.map(({ author, units }) => ({
        person: personOf(author, names),
        mark: markOf(author),
        share: units / total,
      })),
      attributions: new Map(
        [...attributed].map(([version, { userId, at }]) => [
          version,
          { by: personOf(userId, names), at: at.toISOString(), mark: markOf(userId) },
        ]),
      ),
      shown:
        view === "source"
          ? drawnRuns(runs)
          : await drawnBlocks(runs, attributed, {
              slug: (await content.getPageById(page.id, version)).slug,
              log: request.log,
              nameAuthor: (author) => ({ by: personOf(author, names), mark: markOf(author) }),
            }),
    });
    return sendScreen(request, reply, options, screen);
  });

  /** As many blocks of the page as can be drawn. */
  const drawnBlocks = async (
    runs: AuthoredPage["runs"],
    attributed: ReadonlyMap<number, VersionAttribution>,
    {
      slug,
      log,
      nameAuthor,
    }: {
      readonly slug: string;
      readonly log: Pick<FastifyBaseLogger, "error">;
      readonly nameAuthor: (author: Author) => Pick<MarkedBlock, "by" | "mark">;
    },
  ): Promise<Extract<AuthorshipProps["shown"], { view: "rendered" }>> => {
    const body = runs.map(({ text }) => text).join("");
    const all = renderBlocks(body, await linksOf({ slug, body }, options, log));
    const drawn = authoredBlocks(all.slice(0, MAX_BLOCKS), runs, attributed);
    return {
      view: "rendered",
      blocks: drawn.map(({ author, ...block }) => ({ ...block, ...nameAuthor(author) })),
      complete: all.length <= MAX_BLOCKS,
    };
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

/** As many runs as can be drawn; the last may be cut. */
function drawnRuns(all: AuthoredPage["runs"]): Extract<AuthorshipProps["shown"], { view: "source" }> {
  const runs: AuthoredPage["runs"][number][] = [];
  let rest = MAX_UNITS;
  for (const { text, version } of all.slice(0, MAX_RUNS)) {
    if (rest <= 0) break;
    runs.push({ text: text.slice(0, rest), version });
    rest -= text.length;
  }
  return { view: "source", runs, complete: runs.length === all.length && rest >= 0 };
}
