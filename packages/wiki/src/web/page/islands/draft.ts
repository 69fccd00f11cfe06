/**
 * Keeps on the server what is typed into the form that writes a page, some seconds after the last keystroke, so that
 * it is there again whatever becomes of the window. Without it nothing is missing but this: a button keeps the draft.
 */
import "./newer-version.ts";

const QUIET_MS = 3_000;
/** Whoever types without a pause has it kept all the same. */
const LONGEST_WAIT_MS = 15_000;
const AGAIN_MS = 10_000;
/** What a browser still sends for a page that is left has 64 KB at the most, all requests together. */
const MOST_BYTES_ON_LEAVING = 60_000;

const form = document.querySelector<HTMLFormElement>("form[data-draft]");
const state = document.querySelector<HTMLElement>("[data-draft-state]");
const { draft: address = "" } = form?.dataset ?? {};

let isSent = false;
/** Whether something was typed since it was last kept, or sent with the form. */
let isNew = false;
let newSince = 0;
let timer: number | undefined;
let underWay: { readonly end: Promise<void>; readonly abort: () => void } | undefined;

function tell(text: string): void {
  if (state && state.textContent !== text) state.textContent = text;
}

function typedIn(form: HTMLFormElement): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
  return fields;
}

function keepAfter(waitMs: number): void {
  clearTimeout(timer);
  timer = window.setTimeout(keep, waitMs);
}

function noticeTyping(): void {
  if (!isNew) newSince = Date.now();
  isNew = true;
  isSent = false;
  keepAfter(Math.max(0, Math.min(QUIET_MS, newSince + LONGEST_WAIT_MS - Date.now())));
}

/** One request at a time: what is typed while one is under way is kept when it has ended. */
function keep(): void {
  if (!form || isSent || !isNew || underWay) return;
  put(typedIn(form), false);
}

function put(body: URLSearchParams, keepalive: boolean): void {
  const abort = new AbortController();
  isNew = false;
  const end = fetch(address, { method: "PUT", body, keepalive, redirect: "manual", signal: abort.signal })
    .then(
      ({ status }) => status,
      () => 0,
    )
    .then((status) => {
      // Another took its place.
      if (underWay?.end !== end) return;
      underWay = undefined;
      if (!isSent) goOnAfter(status);
    });
  underWay = { end, abort: () => abort.abort() };
}

function goOnAfter(status: number): void {
  if (status === 204) {
    const time = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    tell(`Draft kept ${time}`);
    nameDraft();
    if (isNew) keepAfter(QUIET_MS);
    return;
  }
  isNew = true;
  tell(REASONS[status] ?? "The draft could not be kept yet");
  // A form that is refused, or too large, stays so until it is changed.
  if (![403, 412, 413].includes(status)) keepAfter(AGAIN_MS);
}

/** What the form was filled with went when its own draft was kept: the window is to show that one if it is reloaded. */
function nameDraft(): void {
  const draft = form?.querySelector<HTMLInputElement>("input[name=draft]")?.value ?? "";
  // Not `form.action`, which is the buttons of that name; and without a slug that was asked for and typed over since.
  const address = new URL(form?.getAttribute("action") ?? "", location.href);
  address.searchParams.set("draft", draft);
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}

const REASONS: Readonly<Record<number, string>> = {
  401: "Not kept: you are signed out",
  403: "Draft not saved: you don't have permission",
  409: "Not kept: you have too many drafts, discard others",
  412: "Not kept: save it to be told why",
  413: "Not kept: the text is too long",
};

/** The last chance of a window that is left, or of one in the background, which may be closed unseen. */
function keepOnLeaving(): void {
  if (!form || isSent || !isNew) return;
  const fields = typedIn(form);
  const isSmall = fields.toString().length <= MOST_BYTES_ON_LEAVING;
  if (underWay && !isSmall) return;
  clearTimeout(timer);
  underWay?.abort();
  put(fields, isSmall);
}

/** What is too large to be sent by a window that is left is not lost silently: the browser asks. */
function askBeforeLeaving(event: BeforeUnloadEvent): void {
  if (!form || isSent || !(isNew || underWay)) return;
  if (typedIn(form).toString().length > MOST_BYTES_ON_LEAVING) event.preventDefault();
}

/** The form goes when nothing is under way any more: a draft must not come after the save that removes it. */
function send(event: SubmitEvent): void {
  clearTimeout(timer);
  if (!form || !underWay) {
    isSent = true;
    isNew = false;
    return;
  }
  event.preventDefault();
  if (isSent) return;
  isSent = true;
  const { submitter } = event;
  window.setTimeout(underWay.abort, QUIET_MS);
  void underWay.end.then(() => form.requestSubmit(submitter));
}

/** The browser may show the window again as it was left. What was sent then is not kept once more. */
function comeBack(event: PageTransitionEvent): void {
  if (!event.persisted) return;
  isSent = false;
  tell("");
}

if (form) {
  form.addEventListener("input", noticeTyping);
  form.addEventListener("submit", send);
  if (form.dataset.unkept !== undefined) noticeTyping();
  addEventListener("pagehide", keepOnLeaving);
  addEventListener("pageshow", comeBack);
  addEventListener("beforeunload", askBeforeLeaving);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keepOnLeaving();
  });
}
