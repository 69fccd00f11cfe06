import type { FastifyReply, FastifyRequest } from "fastify";
import { mergeEdit } from "../../application/conflict-resolution.ts";
import type { FormDraft } from "../../application/draft-rules.ts";
import type { PageDetails } from "../../application/pages.ts";
import { nameOf } from "../../application/people.ts";
import { versionTokenOf } from "../forms/page-form.ts";
import { sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { type EditConflictProps, editConflict } from "./conflict.tsx";

export interface ConflictingEdit {
  readonly base: PageDetails;
  readonly theirs: PageDetails;
  readonly yours: EditConflictProps["yours"];
  /** The versions before `base` that the edit is also based on. */
  readonly ancestorVersions: readonly number[];
  readonly draft: FormDraft;
}

type ConflictFormState = Partial<
  Pick<EditConflictProps, "merge" | "resolutions" | "result" | "errors" | "openedDraft">
>;

export async function sendConflict(
  request: FastifyRequest,
  reply: FastifyReply,
  options: WebOptions,
  { base, theirs, yours, ancestorVersions, draft }: ConflictingEdit,
  shown: ConflictFormState = {},
): Promise<FastifyReply> {
  const { identity, workers } = options;
  const by = theirs.modifiedBy;
  const isDraftOpened = shown.openedDraft !== undefined;
  const isDraftSaved = !isDraftOpened && (await draftExists(options, request, theirs.id, draft));
  const screen = editConflict({
    id: theirs.id,
    slug: theirs.slug,
    base: { version: base.version, token: versionTokenOf(base) },
    theirs: {
      version: theirs.version,
      title: theirs.title,
      at: theirs.modifiedAt.toISOString(),
      by: by === null ? null : nameOf(by, await identity.personsByIds([by])),
      token: versionTokenOf(theirs),
    },
    yours,
    ancestorVersions,
    merge: shown.merge ?? (await mergeEdit(base, theirs, yours, workers)),
    resolutions: new Map(),
    draft,
    isDraftSaved,
    // A draft of the text alone does not contain the choices of this form.
    isUnsaved: request.method === "POST" && (shown.resolutions !== undefined || !isDraftSaved),
    ...shown,
  });
  return sendScreen(request, reply, screen);
}

/** Also resolves to false if the drafts cannot be read. */
async function draftExists(
  { drafts }: Pick<WebOptions, "drafts">,
  { person }: FastifyRequest,
  pageId: string,
  { id }: FormDraft,
): Promise<boolean> {
  const listed = person === null ? [] : await drafts.list(person.id).catch(() => []);
  return listed.some((one) => one.pageId === pageId && one.id === id);
}
