import { tmpdir } from "node:os";

/** The folder where tests install programs, once for all runs. A file system in memory may forbid to execute them. */
export function programsFolder(): string {
  return process.env.PALIMPSEST_TEST_PROGRAMS ?? tmpdir();
}
