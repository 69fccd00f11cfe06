import { InvalidArgumentError } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { PageNotFoundError } from "../../application/errors.ts";
import type { PageDetails } from "../../application/pages.ts";
import { type Names, nameOf } from "../../application/people.ts";
import { may } from "../../application/policy.ts";
import { tracedNames } from "../../application/read-trace.ts";
import { MAX_MARKDOWN_UNITS } from "../../content/markdown-parser.ts";
import { expensiveRead } from "../../http/expensive-reads.ts";
import type { PageChange } from "../../projections/page-change.ts";
import { addresses } from "../addresses.ts";
import { renderBlocksOf } from "../article.ts";
import { versionTokenOf } from "../forms/page-form.ts";
import type { PageText } from "../link-options.ts";
import { optionalVersion, pageOfAddress } from "../page-parameters.ts";
import { type Reading, readingFor } from "../reading.ts";
import { sendCacheableScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { DIFF_VIEWS, type DiffProps, type DiffView, diffScreen } from "./diff.tsx";
import { DiffContents } from "./diff-content.ts";

interface DiffRequest {
  Params: { id: string };
  Querystring: { from?: string; to?: string; view?: string };
}

/** The difference between two versions of a page; by default, the newest edit. */
export const diffRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, identity, policy, responses, workers } = options;
  const contents = new DiffContents(workers);

  server.get<DiffRequest>(addresses.diff(":id"), expensiveRead, async (request, reply) => {
    const reading = await readingFor(request, options, ["from", "to", "view"]);
    const present = await pageOfAddress(content, request.params.id);
    reading.trace?.add(present.id);
    const view = viewIn(request.query.view);
    const to = optionalVersion("to", request.query.to) ?? present.version;
    const from = optionalVersion("from", request.query.from, 0) ?? (await versionBefore(present.id, to));
    // In the form, people may choose the newer version first.
    if (from > to) return reply.redirect(addresses.diff(present.id, to, from, request.query.view));
    return send(request, reply, reading, present, { from, to, view });
  });

  const send = async (
    request: FastifyRequest,
    reply: FastifyReply,
    reading: Reading,
    present: PageDetails,
    { from, to, view }: { readonly from: number; readonly to: number; readonly view: DiffView },
  ) => {
    const { id } = present;
    const { trace } = reading;
    const [before, after, changeBefore, changeAfter, older, newer, edit] = await Promise.all([
      from === 0 ? null : content.getPageById(id, from),
      content.getPageById(id, to),
      change(id, from),
      change(id, to),
      from === 0 ? undefined : content.record.versionsOfSave(id, from),
      content.record.versionsOfSave(id, to + 1),
      content.record.versionsOfSave(id, to),
    ]);
    if (changeAfter === undefined) throw new PageNotFoundError(id, { version: to });
    const names = await tracedNames(trace, () =>
      identity.personsByIds([changeBefore, changeAfter].flatMap((one) => one?.userId ?? [])),
    );
    const isUndoable =
      edit?.first === from + 1 && from > 0 && before?.archived === after.archived && !present.archived;
    const screen = diffScreen({
      page: present,
      from: changeBefore === undefined ? null : compared(changeBefore, names),
      to: compared(changeAfter, names),
      view,
      ...fieldsChanged(before, after),
      isBodyChanged: (before?.body ?? "") !== after.body,
      body: await bodyChange(request, reading, before ?? { ...after, body: "" }, after, view),
      older: older === undefined ? null : { from: older.first - 1, to: from },
      newer: newer === undefined ? null : { from: to, to: newer.last },
      undoForm: isUndoable && may(request.person, "write", policy) ? { base: versionTokenOf(present) } : null,
    });
    return sendCacheableScreen(request, reply, screen, { responses, trace });
  };

  const versionBefore = async (id: string, version: number): Promise<number> => {
    const edit = await content.record.versionsOfSave(id, version);
    if (edit === undefined) throw new PageNotFoundError(id, { version });
    return edit.first - 1;
  };

  const change = async (id: string, version: number) => {
    const [found] = version === 0 ? [] : await content.record.history(id, { before: version + 1, limit: 1 });
    return found;
  };

  const bodyChange = async (
    { log, signal }: Pick<FastifyRequest, "log" | "signal">,
    reading: Reading,
    before: PageText,
    after: PageText,
    view: DiffView,
  ): Promise<DiffProps["body"]> => {
    if (view === "columns" || view === "lines") {
      return contents.ofTexts(view, before.body, after.body, signal);
    }
    // Pages that are too long to render are shown as their source, which the other views compare.
    if (Math.max(before.body.length, after.body.length) > MAX_MARKDOWN_UNITS) return "too long";
    const [old, now] = await Promise.all([
      renderBlocksOf(before, reading, workers, log),
      renderBlocksOf(after, reading, workers, log),
    ]);
    return contents.ofPages(view, old, now, signal);
  };
};

function viewIn(text: string | undefined): DiffView {
  if (text === undefined) return "columns";
  const view = DIFF_VIEWS.find((known) => known === text);
  if (view === undefined) throw new InvalidArgumentError("view", text, `one of ${DIFF_VIEWS.join(", ")}`);
  return view;
}

function compared({ version, at, userId, summary }: PageChange, names: Names) {
  const by = userId === null ? null : { id: userId, name: nameOf(userId, names) };
  return { version, at: at.toISOString(), by, summary };
}

function fieldsChanged(before: PageDetails | null, after: PageDetails): Pick<DiffProps, "title" | "slug"> {
  const { title, slug } = after;
  return {
    ...(before?.title === title ? {} : { title: [before?.title ?? null, title] }),
    ...(before?.slug === slug ? {} : { slug: [before?.slug ?? null, slug] }),
  };
}
