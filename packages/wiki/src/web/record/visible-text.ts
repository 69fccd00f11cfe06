/** Returns a text of one line as it can be shown: characters that nobody would see, and NUL, by their signs. */
export function visibleText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, (control) =>
    control === "\x7f" ? "\u2421" : String.fromCharCode(0x2400 + control.charCodeAt(0)),
  );
}
