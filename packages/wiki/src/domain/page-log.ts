import { eventFamily, NAMESPACE_URL, uuid5 } from "@palimpsest/eventsourcing";
import { z } from "zod";
import { attribution } from "./user.ts";

export const PAGE_LOG_ID: string = uuid5(NAMESPACE_URL, "/page_log");

/** A page was created. The page log lists the ids of all pages. */
export const { PageLogged } = eventFamily(
  "PageLog",
  { PageLogged: { pageId: z.uuid() } },
  { ambient: attribution },
);
