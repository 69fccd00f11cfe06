/**
 * Shows a hidden notice on an open page or edit form when a newer version exists. Attributes of the notice contain the
 * page's id and the shown version.
 */
export {};

const notice = document.querySelector<HTMLElement>("[data-live]");
const { live, version = "0" } = notice?.dataset ?? {};
const MIN_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

let source: EventSource | undefined;
let timer: number | undefined;
let retryMs = MIN_RETRY_MS;

function showNotice({ data }: MessageEvent<string>): void {
  const { version: newer, by } = JSON.parse(data) as { version: number; by: string | null };
  if (!notice || newer <= Number(version)) return;
  const number = notice.querySelector("[data-version-number]");
  if (number) number.textContent = String(newer);
  const author = notice.querySelector("[data-version-author]");
  if (author && by !== null) author.textContent = by;
  const difference = notice.querySelector<HTMLAnchorElement>("[data-difference]");
  if (difference) {
    const address = new URL(difference.href);
    address.searchParams.set("to", String(newer));
    difference.href = address.href;
  }
  notice.hidden = false;
}

/** Browsers limit the connections to one server, so only the visible page keeps one. */
function listenWhileVisible(): void {
  clearTimeout(timer);
  source?.close();
  source = undefined;
  if (document.visibilityState === "hidden") return;
  // The server sends a missed version at once. The browser reconnects after a lost connection.
  source = new EventSource(`${live}?version=${version}`);
  source.addEventListener("message", showNotice);
  source.addEventListener("open", () => {
    retryMs = MIN_RETRY_MS;
  });
  source.addEventListener("error", listenLater);
}

/** Reconnects after an error response, after which browsers do not (HTML standard, 9.2.3). */
function listenLater(): void {
  if (source?.readyState !== EventSource.CLOSED) return;
  // The random part spreads the requests of all readers after a restart.
  timer = window.setTimeout(listenWhileVisible, retryMs * (0.5 + Math.random()));
  retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
}

if (live) {
  document.addEventListener("visibilitychange", listenWhileVisible);
  listenWhileVisible();
}
