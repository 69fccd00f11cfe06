import { storableText } from "./storable-text.ts";

/** Limits the key of a title of characters that Unicode normalization expands. In UTF-16 code units. */
const MAX_KEY_UNITS = 500;

/**
 * Returns the form in which titles are compared: lower case in Normalization Form C, with single spaces between words.
 * Storable in every database.
 */
export function titleKey(title: string): string {
  const words = title.normalize("NFC").toLowerCase().normalize("NFC").trim().replace(/\s+/g, " ");
  return storableText(words.slice(0, MAX_KEY_UNITS));
}
