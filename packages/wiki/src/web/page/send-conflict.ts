import type { FastifyReply, FastifyRequest } from "fastify";
import { mergeEdit } from "../../application/conflict-resolution.ts";
import type { FormDraft } from "../../application/draft-rules.ts";
import type { PageDetails } from "../../application/pages.ts";
import { nameOf } from "../../application/people.ts";
import { baseOf } from "../forms/page-form.ts";
import { sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { type EditConflictProps, editConflict } from "./conflict.tsx";

/** An edit that meets what others saved: the version it began with, the one it met, and what it wants. */
export interface ConflictingEdit {
  readonly base: PageDetails;
  readonly theirs: PageDetails;
  readonly yours: EditConflictProps["yours"];
  /** The versions before `base` that it was made from. */
  readonly madeFrom: readonly number[];
  readonly draft: FormDraft;
}

type Shown = Partial<Pick<EditConflictProps, "merge" | "resolutions" | "result" | "errors" | "opened">>;

/** Answers with the screen on which the places are settled that both sides changed. */
export async function sendConflict(
  request: FastifyRequest,
  reply: FastifyReply,
  options: WebOptions,
  { base, theirs, yours, madeFrom, draft }: ConflictingEdit,
  { merge = mergeEdit(base, theirs, yours), ...shown }: Shown = {},
): Promise<FastifyReply> {
  const { identity } = options;
  const by = theirs.modifiedBy;
  const isOpened = shown.opened !== undefined;
  const isKept = !isOpened && (await draftExists(options, request, theirs.id, draft));
  const screen = editConflict({
    id: theirs.id,
    slug: theirs.slug,
    base: { version: base.version, name: baseOf(base) },
    theirs: {
      version: theirs.version,
      title: theirs.title,
      at: theirs.modifiedAt.toISOString(),
      by: by === null ? null : nameOf(by, await identity.personsByIds([by])),
      name: baseOf(theirs),
    },
    yours,
    madeFrom,
    merge,
    resolutions: new Map(),
    draft,
    isKept,
    // What was chosen comes with the form, and is not kept with the text.
    isUnkept: request.method === "POST" && (shown.resolutions !== undefined || !isKept),
    ...shown,
  });
  return sendScreen(request, reply, screen);
}

/** Whether what a form says is kept; where nobody can tell, nothing is promised. */
async function draftExists(
  { drafts }: Pick<WebOptions, "drafts">,
  { person }: FastifyRequest,
  pageId: string,
  { id }: FormDraft,
): Promise<boolean> {
  const listed = person === null ? [] : await drafts.list(person.id).catch(() => []);
  return listed.some((one) => one.pageId === pageId && one.id === id);
}
