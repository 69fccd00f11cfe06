/**
 * Replaces code blocks of the language "mermaid" by frames that draw them. Each frame is loaded when it is nearly visible.
 * A frame can only report its height or an error. Without this script, or after an error, the source is shown.
 */
export {};

const { frame, label, failed } =
  document.querySelector<HTMLScriptElement>("script[data-frame]")?.dataset ?? {};
const dark = matchMedia("(prefers-color-scheme: dark)");
const MIN_HEIGHT = 40;
const MAX_HEIGHT = 3_000;
const MAX_MESSAGE = 200;

function showDiagram(code: HTMLElement): void {
  // With its button for copying.
  const block = code.closest<HTMLElement>(".copyable") ?? code;
  const shown = document.createElement("iframe");
  shown.className = "diagram";
  shown.title = label ?? "";
  shown.setAttribute("sandbox", "allow-scripts");
  shown.src = frame ?? "";
  const draw = () =>
    shown.contentWindow?.postMessage({ source: code.textContent ?? "", dark: dark.matches }, "*");
  // The frame has an opaque origin, so its messages are recognized by their window.
  const receive = ({ source, data }: MessageEvent) => {
    if (source === null || source !== shown.contentWindow) return;
    if (typeof data?.height === "number" && Number.isFinite(data.height)) {
      shown.style.height = `${Math.min(Math.max(data.height, MIN_HEIGHT), MAX_HEIGHT)}px`;
      shown.classList.add("drawn");
      block.hidden = true;
    } else if (typeof data?.error === "string") {
      stop();
      const message = document.createElement("p");
      message.className = "diagram-error";
      message.textContent = `${failed} ${data.error.slice(0, MAX_MESSAGE)}`;
      block.after(message);
    }
  };
  const stop = () => {
    removeEventListener("message", receive);
    dark.removeEventListener("change", draw);
    shown.remove();
    block.hidden = false;
  };
  addEventListener("message", receive);
  dark.addEventListener("change", draw);
  shown.addEventListener("load", draw, { once: true });
  block.before(shown);
}

const visible = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      visible.unobserve(target);
      showDiagram(target as HTMLElement);
    }
  },
  { rootMargin: "400px" },
);
for (const code of document.querySelectorAll("pre > code.language-mermaid")) {
  if (code.parentElement !== null && frame !== undefined) visible.observe(code.parentElement);
}
