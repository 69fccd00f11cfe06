/** Adds a button to each code block that copies its text. */
export {};

const { copy = "", copied = "" } =
  document.querySelector<HTMLScriptElement>("script[data-copy]")?.dataset ?? {};
const SHOWN_MS = 2_000;

for (const block of document.querySelectorAll<HTMLPreElement>(".prose pre")) addButton(block);

function addButton(block: HTMLPreElement): void {
  const frame = document.createElement("div");
  frame.className = "copyable";
  block.replaceWith(frame);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = copy;
  button.addEventListener("click", async () => {
    if (!(await copyText(block))) return;
    button.textContent = copied;
    setTimeout(() => {
      button.textContent = copy;
    }, SHOWN_MS);
  });
  // After the block, so that readers who use the keyboard reach the code first.
  frame.append(block, button);
}

async function copyText(block: HTMLPreElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(block.textContent ?? "");
    return true;
  } catch {
    // Without HTTPS there is no clipboard. The reader can copy the selected text.
    getSelection()?.selectAllChildren(block);
    return false;
  }
}
