import type { ResourceLimits } from "node:worker_threads";

/**
 * Limits of the heap of a thread that builds views. The old generation has room for the versions of a page of 10 MB; the
 * lower its limit, the less garbage it collects. The young one is smaller than the default of 48 MB, since most objects
 * of a batch outlive it anyway.
 */
export const HEAP_LIMITS: ResourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 };
