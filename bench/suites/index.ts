import type { Suite } from "../measurement.ts";
import { delay } from "./delay.ts";
import { diffs } from "./diffs.ts";
import { editing } from "./editing.ts";
import { growth } from "./growth.ts";
import { loads } from "./loads.ts";
import { log } from "./log.ts";
import { mixture } from "./mixture.ts";
import { postgresSaves } from "./postgres-saves.ts";
import { reading } from "./reading.ts";
import { rebuild } from "./rebuild.ts";
import { record } from "./record.ts";
import { sqliteSaves } from "./sqlite-saves.ts";
import { start } from "./start.ts";

/** All suites, in the order of the report: the wiki over HTTP, its record and views, then the library. */
export const suites: readonly Suite[] = [
  reading,
  editing,
  mixture,
  growth,
  start,
  rebuild,
  record,
  diffs,
  sqliteSaves,
  postgresSaves,
  loads,
  log,
  delay,
];
