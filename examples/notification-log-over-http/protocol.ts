import type { Notification } from "@palimpsest/eventsourcing";
import { z } from "zod";

/** The notifications of a batch: batch 1 has the ids 1 to 100, batch 2 the ids 101 to 200. */
export const BATCH_SIZE = 100;
export const firstIdOf = (batch: number) => (batch - 1) * BATCH_SIZE + 1;
export const batchOf = (id: number) => Math.ceil(id / BATCH_SIZE);

/** The maximum number of seconds that a request for the last id waits. */
export const MAX_WAIT_SECONDS = 30;

export const lastIdSchema = z.object({ id: z.int().nonnegative() });

const lineSchema = z.object({
  id: z.int().positive(),
  recordedAt: z.iso.datetime(),
  eventId: z.guid(),
  originatorId: z.guid(),
  originatorVersion: z.int().positive(),
  topic: z.string().min(1),
  state: z.string(),
});

/** Returns a notification as a line of JSON. The state stays as it is stored, so an encrypted one stays encrypted. */
export function encodeLine(notification: Notification): string {
  const { id, recordedAt, eventId, originatorId, originatorVersion, topic, state } = notification;
  const base64 = Buffer.from(state.buffer, state.byteOffset, state.byteLength).toString("base64");
  const line = { id, recordedAt, eventId, originatorId, originatorVersion, topic, state: base64 };
  return `${JSON.stringify(line)}\n`;
}

/** @throws SyntaxError, ZodError or RangeError unless `line` is the notification `id` */
export function decodeLine(line: string, id: number): Notification {
  const { recordedAt, state: base64, ...rest } = lineSchema.parse(JSON.parse(line));
  if (rest.id !== id) throw new RangeError(`Notification ${rest.id} is in the place of ${id}.`);
  const state = Buffer.from(base64, "base64");
  if (state.toString("base64") !== base64) throw new RangeError(`The state of ${id} is not base64.`);
  return { ...rest, recordedAt: new Date(recordedAt), state: new Uint8Array(state) };
}
