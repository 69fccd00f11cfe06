import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { afterEach } from "vitest";
import { ContentManagement } from "../packages/wiki/src/application/content-management.ts";
import { openViews } from "../packages/wiki/src/open-views.ts";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

/** Opens a wiki in memory, whose views wait for `views.runner.start`. It is closed after the test. */
export async function openMemoryWiki() {
  const recorder = memoryRecorder();
  const content = new ContentManagement({ recorder });
  const views = await openViews({ kind: "memory" }, recorder, content);
  opened.push(content, views);
  return { content, views };
}
