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

/** "12 kB" or "3.4 MB". */
export const fileSize = (bytes: number): string => {
  const [unit, size] =
    bytes < 1000 ? ["byte", bytes] : bytes < 999_500 ? ["kilobyte", bytes / 1000] : ["megabyte", bytes / 1e6];
  const maximumFractionDigits = unit === "megabyte" ? 1 : 0;
  const format = { style: "unit", unit: String(unit), maximumFractionDigits } as const;
  return new Intl.NumberFormat(LOCALE, format).format(Number(size));
};

/** "version 4", or "versions 4 to 5". */
export const versions = (first: number, last: number): string =>
  first === last ? `version ${last}` : `versions ${first} to ${last}`;
