import { tmpdir } from "node:os";
import { join } from "node:path";
import { asUser } from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { expect, it } from "vitest";
import { openSqlDatabase } from "../database/open-sql-database.ts";
import { FileTable } from "../files/file-table.ts";
import { MemoryStore } from "../files/memory-store.ts";
import { StoredFiles } from "../files/stored-files.ts";
import { ContentManagement } from "./content-management.ts";

const userId = "5f0c5e7e-7c1e-4a57-9d0b-0d9a3c1b7a11";
const originatorId = "ec3c1ee9-2608-4882-8214-503924326f02";

/** States as version 0.1 stored them before pages had files. */
const EVENTS = [
  ["Page.Created", `{"title":"Bread","slug":"bread","body":"Flour\\n","userId":"${userId}"}`],
  [
    "Page.BodyUpdated",
    `{"diff":{"from":"06ad9e79","to":"5bd70260","hunks":[[6,0,"Water\\n"]]},"userId":"${userId}"}`,
  ],
  ["Page.TitleUpdated", `{"title":"Rye bread","userId":"${userId}"}`],
  ["Page.Restored", `{"version":2,"title":"Bread","userId":"${userId}"}`],
  ["Page.Undone", `{"first":4,"last":4,"title":"Rye bread","userId":"${userId}"}`],
] as const;
const SNAPSHOT = `{"schemaVersion":3,"createdAt":1795972332553,"modifiedAt":1795972332646,"timestamps":[1795972332485,1795972332608],"fields":["createdBy","modifiedBy","archived","authorship","bodyChecksum"],"state":{"createdBy":"${userId}","modifiedBy":"${userId}","archived":false,"authorship":[6,1,6,2],"bodyChecksum":"5bd70260","title":"Bread","slug":"bread","body":"Flour\\nWater\\n"}}`;

it("reads pages from events and snapshots that were stored before pages had files", async () => {
  const recorder = memoryRecorder();
  const events = EVENTS.map(([topic, data], index) => ({
    eventId: `01a2284a-fbc4-7489-9104-5b80a72702d${index}`,
    originatorId,
    originatorVersion: index + 1,
    topic,
    state: Buffer.from(`{"at":${1795972332485 + index},"data":${data}}`),
  }));
  await recorder.insertEvents(events);
  const snapshot = {
    originatorId,
    originatorVersion: 2,
    topic: "Page.Snapshot",
    state: Buffer.from(SNAPSHOT),
  };
  await recorder.insertSnapshot(snapshot, 20);
  const table = await FileTable.open(await openSqlDatabase({ kind: "memory" }, "files"));
  const files = new StoredFiles(new MemoryStore(), table, join(tmpdir(), "palimpsest-files"));
  const app = new ContentManagement({ recorder, files });
  const body = "Flour\nWater\n";
  expect(await app.getPageById(originatorId, 2)).toMatchObject({ title: "Bread", body, files: [] });
  expect(await app.getPageById(originatorId)).toMatchObject({
    title: "Rye bread",
    body,
    files: [],
    version: 5,
  });
  const received = await app.receiveFile("a.txt", Buffer.from("1"));
  await asUser(userId, () => app.attachFile(originatorId, received));
  const { page } = await asUser(userId, () => app.restorePage(originatorId, { version: 2 }));
  expect(page).toMatchObject({ title: "Bread", body, files: [] });
});
