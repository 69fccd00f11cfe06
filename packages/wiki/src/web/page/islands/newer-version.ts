/**
 * Says on an open page, or in the form that edits it, that a newer version is there. The notice is in the document,
 * hidden; its data say which page and version are shown. Without a script nothing is missing but this.
 */
export {};

const notice = document.querySelector<HTMLElement>("[data-live]");
const { live, version = "0" } = notice?.dataset ?? {};
let source: EventSource | undefined;

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
  source?.close();
  source = undefined;
  if (document.visibilityState === "hidden") return;
  // What came meanwhile is told at once, and a connection that broke is made again by the browser.
  source = new EventSource(`${live}?version=${version}`);
  source.addEventListener("message", tell);
}

if (live) {
  document.addEventListener("visibilitychange", listenWhileVisible);
  listenWhileVisible();
}
