/**
 * Says on an open page, or in the form that edits it, that a newer version is there. The notice is in the document,
 * hidden; its data say which page and version are shown. Without a script nothing is missing but this.
 */
export {};

const notice = document.querySelector<HTMLElement>("[data-live]");
const { live, version = "0" } = notice?.dataset ?? {};
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

let source: EventSource | undefined;
let timer: number | undefined;
let pauseMs = SHORTEST_PAUSE_MS;

function tell({ data }: MessageEvent<string>): void {
  const newer = (JSON.parse(data) as { version: number }).version;
  if (!notice || newer <= Number(version)) return;
  const number = notice.querySelector("[data-version-number]");
  if (number) number.textContent = String(newer);
  const difference = notice.querySelector<HTMLAnchorElement>("[data-difference]");
  if (difference) {
    const address = new URL(difference.href);
    address.searchParams.set("to", String(newer));
    difference.href = address.href;
  }
  notice.hidden = false;
}

/** A browser has few connections to one server, so only the page that is looked at holds one. */
function listenWhileVisible(): void {
  clearTimeout(timer);
  source?.close();
  source = undefined;
  if (document.visibilityState === "hidden") return;
  // What came meanwhile is told at once, and a connection that broke is made again by the browser.
  source = new EventSource(`${live}?version=${version}`);
  source.addEventListener("message", tell);
  source.addEventListener("open", () => {
    pauseMs = SHORTEST_PAUSE_MS;
  });
  source.addEventListener("error", listenLater);
}

/** Refused, a browser does not ask again (HTML standard, 9.2.3); but the server may have been busy, or restarting. */
function listenLater(): void {
  if (source?.readyState !== EventSource.CLOSED) return;
  // Not all readers at the same moment, when a server is there again.
  timer = window.setTimeout(listenWhileVisible, pauseMs * (0.5 + Math.random()));
  pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
}

if (live) {
  document.addEventListener("visibilitychange", listenWhileVisible);
  listenWhileVisible();
}
