import { en } from "./en/index.ts";

/** A catalogue of every text on the screens. Another language is another file of this type. */
export type Strings = typeof en;

/**
 * The catalogue that screens are rendered with. Read it while rendering, never while a module loads: for a language
 * per request, its members become getters that read the request's catalogue from an `AsyncLocalStorage`.
 */
export const strings: Strings = en;
