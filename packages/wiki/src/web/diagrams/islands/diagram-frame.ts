/** Draws the diagram that the page sends, in a sandboxed frame without access to the page or the network. */
export {};

declare const mermaid: {
  initialize(config: Readonly<Record<string, unknown>>): void;
  render(id: string, source: string): Promise<{ readonly svg: string }>;
};

const root = document.documentElement;
const container = document.body;
/** The height of a horizontal scroll bar. */
const SCROLL_BAR = 16;

/** Draws one diagram after another, because `render` is not reentrant. */
let last = Promise.resolve();

addEventListener("message", ({ source, data }) => {
  if (source !== parent || typeof data?.source !== "string") return;
  last = last.then(() => draw(data.source, data.dark === true));
});

async function draw(source: string, isDark: boolean): Promise<void> {
  root.dataset.theme = isDark ? "dark" : "light";
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    theme: isDark ? "dark" : "neutral",
    fontFamily: "Inter, system-ui, sans-serif",
  });
  try {
    const { svg } = await mermaid.render("diagram", source);
    container.innerHTML = svg;
    showInFullSize();
  } catch (error) {
    // The other lines show tokens of the parser.
    const [message = ""] = error instanceof Error ? error.message.split("\n") : [];
    parent.postMessage({ error: message.replace(/:$/, ".") }, "*");
  }
}

/** Wide diagrams scroll. Mermaid would shrink them to the width of the frame. */
function showInFullSize(): void {
  const drawn = container.querySelector("svg");
  const { width = 0, height = 0 } = drawn?.viewBox.baseVal ?? {};
  if (drawn === null || width === 0) return;
  drawn.style.maxWidth = "none";
  drawn.setAttribute("width", String(width));
  drawn.setAttribute("height", String(height));
  const isWide = width > container.clientWidth;
  parent.postMessage({ height: Math.ceil(height) + (isWide ? SCROLL_BAR : 0) }, "*");
}
