/**
 * Saves the form that edits a page as a draft, some seconds after the last keystroke. Without this script, a button
 * saves the draft.
 */
import { readerLocale, TimeFormat } from "../../parts/time-format.ts";
import type { DraftMessages } from "../../strings/island-strings.ts";
import "../../parts/islands/upload-area.ts";
import "./newer-version.ts";

/** The pause in typing after which the draft is saved. */
const PAUSE_MS = 3_000;
/** The longest time until the draft is saved if there is no pause. */
const MAX_UNSAVED_MS = 15_000;
const RETRY_MS = 10_000;
/**
 * Browsers limit all keepalive requests of a page together to 64 KB (Fetch standard, "HTTP-network-or-cache fetch").
 */
const MAX_KEEPALIVE_BYTES = 60_000;

const form = document.querySelector<HTMLFormElement>("form[data-draft]");
const state = document.querySelector<HTMLElement>("[data-draft-state]");
const { draft: address = "" } = form?.dataset ?? {};
const messages: Partial<DraftMessages> = JSON.parse(state?.dataset.messages ?? "{}");

let isSubmitted = false;
/** Whether the form changed since the draft was last saved or the form was submitted. */
let isUnsaved = false;
let unsavedSince = 0;
let timer: number | undefined;
let pending: { readonly end: Promise<void>; readonly abort: () => void } | undefined;

function showStatus(text: string): void {
  if (state && state.textContent !== text) state.textContent = text;
}

function fieldsOf(form: HTMLFormElement): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
  return fields;
}

function saveAfter(waitMs: number): void {
  clearTimeout(timer);
  timer = window.setTimeout(save, waitMs);
}

function handleInput(): void {
  if (!isUnsaved) unsavedSince = Date.now();
  isUnsaved = true;
  isSubmitted = false;
  saveAfter(Math.max(0, Math.min(PAUSE_MS, unsavedSince + MAX_UNSAVED_MS - Date.now())));
}

/** Saves unless a request is pending: then the changes are saved after it. */
function save(): void {
  if (!form || isSubmitted || !isUnsaved || pending) return;
  sendDraft(fieldsOf(form), false);
}

function sendDraft(body: URLSearchParams, keepalive: boolean): void {
  const abort = new AbortController();
  isUnsaved = false;
  const end = fetch(address, { method: "PUT", body, keepalive, redirect: "manual", signal: abort.signal })
    .then(
      ({ status }) => status,
      () => 0,
    )
    .then((status) => {
      // A later request replaced this one.
      if (pending?.end !== end) return;
      pending = undefined;
      if (!isSubmitted) handleStatus(status);
    });
  pending = { end, abort: () => abort.abort() };
}

function handleStatus(status: number): void {
  if (status === 204) {
    const format = new TimeFormat(readerLocale(document.documentElement.lang, navigator.languages));
    showStatus(messages.saved?.replace("{time}", format.text(new Date(), "clock")) ?? "");
    showDraftInAddress();
    if (isUnsaved) saveAfter(PAUSE_MS);
    return;
  }
  isUnsaved = true;
  showStatus(messages[MESSAGE_OF_STATUS[status] ?? "failed"] ?? "");
  // A retry of the same text would get the same status.
  if (![403, 412, 413].includes(status)) saveAfter(RETRY_MS);
}

/**
 * Puts the draft into the address, so that a reload shows it. It has replaced the draft that the form was filled with.
 */
function showDraftInAddress(): void {
  const draft = form?.querySelector<HTMLInputElement>("input[name=draft]")?.value ?? "";
  // `form.action` would be the buttons named "action". The attribute has no query, which drops an outdated `?slug=`.
  const address = new URL(form?.getAttribute("action") ?? "", location.href);
  address.searchParams.set("draft", draft);
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}

const MESSAGE_OF_STATUS: Readonly<Record<number, keyof DraftMessages>> = {
  401: "signedOut",
  403: "forbidden",
  409: "tooMany",
  412: "outdated",
  413: "tooLong",
};

/** Saves when the window is closed, left or hidden. A hidden window may be closed without another event. */
function saveOnLeave(): void {
  if (!form || isSubmitted || !isUnsaved) return;
  const fields = fieldsOf(form);
  const isSmall = fields.toString().length <= MAX_KEEPALIVE_BYTES;
  if (pending && !isSmall) return;
  clearTimeout(timer);
  pending?.abort();
  sendDraft(fields, isSmall);
}

/** Makes the browser ask for confirmation if the unsaved text is too large for a keepalive request. */
function confirmLeave(event: BeforeUnloadEvent): void {
  if (!form || isSubmitted || !(isUnsaved || pending)) return;
  if (fieldsOf(form).toString().length > MAX_KEEPALIVE_BYTES) event.preventDefault();
}

/** Submits the form after a pending request, since a draft must not arrive after the save that removes it. */
function handleSubmit(event: SubmitEvent): void {
  clearTimeout(timer);
  if (!form || !pending) {
    isSubmitted = true;
    isUnsaved = false;
    return;
  }
  event.preventDefault();
  if (isSubmitted) return;
  isSubmitted = true;
  const { submitter } = event;
  window.setTimeout(pending.abort, PAUSE_MS);
  void pending.end.then(() => form.requestSubmit(submitter));
}

/** Resets the state if the browser restores the page from its cache. Submitted text is not saved again. */
function handlePageShow(event: PageTransitionEvent): void {
  if (!event.persisted) return;
  isSubmitted = false;
  showStatus("");
}

if (form) {
  form.addEventListener("input", handleInput);
  form.addEventListener("submit", handleSubmit);
  if (form.dataset.unsaved !== undefined) handleInput();
  addEventListener("pagehide", saveOnLeave);
  addEventListener("pageshow", handlePageShow);
  addEventListener("beforeunload", confirmLeave);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") saveOnLeave();
  });
}
