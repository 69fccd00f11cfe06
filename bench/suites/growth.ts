import { join } from "node:path";
import { type PostgresServer, startPostgres } from "../../test/postgres-server.ts";
import { Connection, type Request, requireStatus } from "../http-load.ts";
import { interleaved, spreadOf, timesAsFast } from "../measure.ts";
import { type Measurement, once, type Scale, type Suite } from "../measurement.ts";
import { repeatedRequests } from "../repeated-requests.ts";
import { slugOf, writePages } from "../sample-pages.ts";
import { startWiki, type WikiServer } from "../servers/wiki-server.ts";
import { inTemporaryFolder } from "../temporary.ts";
import { writeHistory } from "../wiki-history.ts";

const BYTES = 2_000;
const SIZES: Readonly<Record<Scale, readonly number[]>> = {
  quick: [],
  standard: [1_000, 10_000],
  large: [1_000, 10_000, 100_000],
};
/** The events of the largest wiki, edits included. */
const LARGE_EVENTS = 1_000_000;
/** The rate with the most pages is at least this share of the rate with the fewest. */
const AIM = 1 / 1.5;
/** Different pages and words for each path, so that no request repeats soon. */
const VARIANTS = 200;

/** Every read path. `page` is the number of a page, `id` its id. */
const PATHS: Readonly<Record<string, (page: number, id: string) => string>> = {
  page: (page) => `/${slugOf(page)}`,
  "page by the API": (page) => `/api/pages/${slugOf(page)}`,
  history: (_page, id) => `/-/page/${id}/history`,
  "old version": (_page, id) => `/-/page/${id}?version=1`,
  authorship: (_page, id) => `/-/page/${id}/authorship`,
  "slug history": (page) => `/-/slug/${slugOf(page)}`,
  backlinks: (page) => `/-/links/${slugOf(page)}`,
  wanted: () => "/-/wanted",
  orphans: () => "/-/orphans",
  changes: () => "/-/changes",
  "all pages": () => "/-/pages",
  archived: () => "/-/archived",
  "search, one hit": (page) => `/-/search?q=unique${page}word`,
  "search, a frequent word": () => "/-/search?q=reader",
};

/** The time of each read path against the number of pages. */
export const growth: Suite = {
  name: "growth",
  title: "Growth with the number of pages",
  note: `Each read path over HTTP with one connection, signed in, on wikis with pages of 2 KB: requests go to ${VARIANTS} different pages in turns. The ratio compares the largest wiki with the smallest: 100 % means that the number of pages does not matter. The aim is that a read takes at most 1.5 times as long.`,
  run: async (scale) => {
    const postgres = await startPostgres({ settings: { fsync: "on" } });
    try {
      return [
        ...(await inTemporaryFolder((folder) => measure("SQLite", folder, scale))),
        ...(await inTemporaryFolder((folder) => measure("PostgreSQL", folder, scale, postgres))),
      ];
    } finally {
      await postgres.stop();
    }
  },
};

async function measure(
  database: string,
  folder: string,
  scale: Scale,
  postgres?: PostgresServer,
): Promise<Measurement[]> {
  const wikis: { readonly pages: number; readonly wiki: WikiServer }[] = [];
  try {
    const rows: Measurement[] = [];
    for (const pages of SIZES[scale]) {
      const wiki = await startWiki({
        folder: join(folder, `wiki-${pages}`),
        ...(postgres === undefined ? {} : { postgresUrl: await postgres.createDatabase() }),
        fill: (content) =>
          pages === 100_000
            ? writeHistory(content, { pages, bytes: BYTES, events: LARGE_EVENTS })
            : writePages(content, { pages, bytes: BYTES }),
      });
      wikis.push({ pages, wiki });
      await wiki.viewsUpToDate();
    }
    for (const [path, addressOf] of Object.entries(PATHS)) {
      rows.push(...(await compareSizes(`${database}: ${path}`, wikis, addressOf)));
    }
    for (const { pages, wiki } of wikis) {
      rows.push({
        work: `${database}: memory at rest`,
        contender: pagesText(pages),
        unit: "MB",
        value: once((await wiki.memory()) / 1_000_000),
      });
    }
    return rows;
  } finally {
    await Promise.all(wikis.map(({ wiki }) => wiki.stop()));
  }
}

async function compareSizes(
  work: string,
  wikis: readonly { readonly pages: number; readonly wiki: WikiServer }[],
  addressOf: (page: number, id: string) => string,
): Promise<Measurement[]> {
  const contenders = await Promise.all(
    wikis.map(async ({ pages, wiki }) => {
      const requests = await requestsTo(wiki, pages, addressOf);
      return repeatedRequests(pagesText(pages), wiki.address, requests, { connections: 1, seconds: 0.4 });
    }),
  );
  const measured = await interleaved(contenders, { rounds: 3, warmups: 1 });
  const [smallest] = measured;
  return measured.map((each, index): Measurement => {
    const isLargest = index === measured.length - 1;
    return {
      work,
      contender: each.name,
      unit: "ms",
      value: spreadOf(each.seconds.map((seconds) => seconds * 1_000)),
      at: { axis: "pages", value: wikis[index]?.pages ?? 0 },
      ...(isLargest && smallest !== undefined && each !== smallest
        ? { ratio: { to: smallest.name, value: timesAsFast(each, smallest).median, aim: AIM } }
        : {}),
    };
  });
}

function pagesText(pages: number): string {
  return `${pages.toLocaleString("en-GB")} pages`;
}

/** Returns a request for each variant. */
async function requestsTo(
  wiki: WikiServer,
  pages: number,
  addressOf: (page: number, id: string) => string,
): Promise<Request[]> {
  const needsId = addressOf(0, "id").includes("/id");
  const connection = await Connection.open(wiki.address);
  const requests: Request[] = [];
  for (let variant = 0; variant < VARIANTS; variant += 1) {
    const page = Math.floor((variant * pages) / VARIANTS);
    const id = needsId ? await idOf(connection, page) : "";
    requests.push({ path: addressOf(page, id), headers: wiki.session });
  }
  connection.close();
  return requests;
}

async function idOf(connection: Connection, page: number): Promise<string> {
  const answer = requireStatus(await connection.send({ path: `/api/pages/${slugOf(page)}` }), 200);
  return (JSON.parse(answer.body.toString()) as { id: string }).id;
}
