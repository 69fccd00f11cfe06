import { listsOf } from "../nodes.tsx";
import { pluralsOf } from "../plural.ts";

/** British English: dates with the day first. */
export const LOCALE = "en-GB";

export const count = pluralsOf(LOCALE);
export const list = listsOf(LOCALE);

const numbers = new Intl.NumberFormat(LOCALE);
/** Writes a number with separators: "1,234". */
export const number = (value: number): string => numbers.format(value);

const percents = new Intl.NumberFormat(LOCALE, { style: "percent" });
/** Writes a share from 0 to 1: "46%". */
export const percent = (share: number): string => percents.format(share);

const megabytes = new Intl.NumberFormat(LOCALE, {
  style: "unit",
  unit: "megabyte",
  maximumFractionDigits: 1,
});
export const megabyte = (bytes: number): string => megabytes.format(bytes / 1024 ** 2);

/** Writes the size of a file: "8 bytes", "12 kB" or "3.4 MB". */
export const fileSize = (bytes: number): string => {
  if (bytes >= 1024 ** 2) return megabyte(bytes);
  return bytes < 1024
    ? count(bytes, { one: "# byte", other: "# bytes" })
    : `${number(Math.ceil(bytes / 1024))} kB`;
};

/** "version 4", or "versions 4 to 5". */
export const versions = (first: number, last: number): string =>
  first === last ? `version ${last}` : `versions ${first} to ${last}`;
