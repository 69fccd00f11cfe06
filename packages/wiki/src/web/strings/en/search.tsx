import type { Link, Part } from "../nodes.tsx";
import { count, number } from "./numbers.ts";

export const search = {
  heading: "Search",
  titleOf: (query: string) => `Search: ${query}`,
  label: "Search the wiki",
  placeholder: "Search",
  button: "Search",
  results: (total: number) => count(total, { one: "# result", other: "# results" }),
  moreThanResults: (total: number) =>
    `More than ${number(total)} results. The list has the first ${number(total)}.`,
  moreResults: "More results",
  noMoreResults: (first: Link) => <>No more results. {first("Show the first results")}</>,
  nothing: (query: Part) => <>No results for {query}.</>,
  fewerWords: (or: Part) => <>Use fewer words, or put {or} between alternatives.</>,
  introduction: "Searches the titles and texts of all pages.",
  introductionEarlier: "Searches the titles and texts that all pages had at this time.",
  bothWords: "pages with both words",
  eitherWord: "pages with either word",
  phrase: "pages with this phrase",
  notWord: "pages with the first word but not the second",
};
