/** Replaces NUL, which PostgreSQL rejects, and lone surrogates, which UTF-8 cannot encode, by U+FFFD. */
export function storableText(text: string): string {
  return text.replace(/[\0\p{Cs}]/gu, "\ufffd");
}
