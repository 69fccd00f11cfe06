/**
 * Uploads files that are chosen, or dropped on the screen, with progress. Without this script, forms upload the chosen
 * files.
 */
import type { UploadMessages } from "../../strings/island-strings.ts";

interface Uploaded {
  readonly name: string;
  readonly type: string;
  readonly url: string;
}

const area = document.querySelector<HTMLElement>("[data-upload]");
const { upload: address = "", then = "", inserts = "", messages: texts = "{}" } = area?.dataset ?? {};
const messages: Partial<UploadMessages> = JSON.parse(texts);
const status = area?.querySelector<HTMLElement>("[data-upload-status]");
const progress = area?.querySelector("progress");
const cancel = area?.querySelector<HTMLButtonElement>("[data-upload-cancel]");
const field = document.querySelector<HTMLTextAreaElement>(`textarea[name="${inserts}"]`);

let current: XMLHttpRequest | undefined;
let isCancelled = false;

function show(text: string | undefined, name = ""): void {
  if (status) status.textContent = text?.replace("{name}", name) ?? "";
}

function setRunning(isRunning: boolean): void {
  if (area && !inserts) area.hidden = !isRunning && !status?.textContent;
  if (progress) progress.hidden = !isRunning;
  if (cancel) cancel.hidden = !isRunning;
}

/** Uploads files one after another, so that their order is kept. */
async function uploadAll(files: readonly File[]): Promise<void> {
  if (current || files.length === 0) return;
  isCancelled = false;
  let isFailed = false;
  for (const file of files) {
    show(messages.uploading, file.name);
    setRunning(true);
    try {
      const uploaded = await upload(file);
      if (inserts) insert(uploaded);
    } catch (error) {
      isFailed = true;
      show(isCancelled ? messages.cancelled : `${messages.failed} ${(error as Error).message}`, file.name);
      break;
    }
  }
  current = undefined;
  if (!isFailed) show(messages.done);
  setRunning(false);
  if (isFailed) return;
  if (then && then !== location.pathname) location.assign(then);
  else if (!inserts) location.reload();
}

function upload(file: File): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    current = request;
    const form = new FormData();
    form.append("file", file);
    request.open("POST", address);
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      if (progress) progress.value = total > 0 ? loaded / total : 0;
    });
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(request.response as Uploaded);
      else reject(new Error((request.response as { detail?: string } | null)?.detail ?? ""));
    });
    request.addEventListener("error", () => reject(new Error("")));
    request.addEventListener("abort", () => reject(new Error("")));
    request.send(form);
  });
}

/** Inserts Markdown that shows the image, or links to the file, at the cursor. */
function insert({ name, type, url }: Uploaded): void {
  if (!field) return;
  const caption = name.replace(/\.[^.]*$/, "").replace(/[[\]\\]/g, "\\$&");
  const text = `${type.startsWith("image/") ? "!" : ""}[${caption}](${url})`;
  const { selectionEnd, value } = field;
  const isInLine = selectionEnd > 0 && value[selectionEnd - 1] !== "\n";
  field.setRangeText(`${isInLine ? "\n\n" : ""}${text}\n`, selectionEnd, selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes("Files") ?? false;
}

function handleDragOver(event: DragEvent): void {
  if (!hasFiles(event)) return;
  event.preventDefault();
  document.documentElement.classList.add("dropping");
  if (!current) {
    show(messages.dropHere);
    if (area) area.hidden = false;
  }
}

function endDrag(): void {
  document.documentElement.classList.remove("dropping");
  if (current) return;
  show("");
  setRunning(false);
}

if (area && address) {
  if (inserts) area.hidden = false;
  document.addEventListener("dragover", handleDragOver);
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) endDrag();
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    endDrag();
    void uploadAll([...(event.dataTransfer?.files ?? [])]);
  });
  cancel?.addEventListener("click", () => {
    isCancelled = true;
    current?.abort();
  });
  const input = area.querySelector<HTMLInputElement>("[data-upload-input]");
  input?.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    void uploadAll(files);
  });
  document.querySelector<HTMLFormElement>("form[data-upload-form]")?.addEventListener("submit", (event) => {
    const chosen = (event.currentTarget as HTMLFormElement).querySelector<HTMLInputElement>(
      "input[type=file]",
    )?.files;
    if (!chosen || chosen.length === 0) return;
    event.preventDefault();
    void uploadAll([...chosen]);
  });
}
