import { projection, type Repository, type Statement } from "@palimpsest/eventsourcing";
import { Page, PageEvent } from "../content-management/domain.ts";

/** The words of a text in lower case. */
export const wordsOf = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** A row for each page, with its words between spaces. */
export const searchProjection = (repository: Repository<typeof Page>) =>
  projection({
    name: "search",
    version: 1,
    handles: PageEvent.types,
    tables: ["pages"],
    create: (table): Statement[] => [
      {
        sql: `CREATE TABLE ${table("pages")} (id TEXT PRIMARY KEY, slug TEXT NOT NULL, title TEXT NOT NULL, words TEXT NOT NULL)`,
      },
    ],
    project: (events, table) => {
      // Events have differences of bodies, so the pages are loaded, each once at its last version in the batch.
      const versions = new Map(events.map((event) => [event.originatorId, event.originatorVersion]));
      return Promise.all(
        [...versions].map(async ([id, version]): Promise<Statement> => {
          const { slug, title, body } = await repository.get(Page, id, { version });
          return {
            sql: `INSERT INTO ${table("pages")} (id, slug, title, words) VALUES ($1, $2, $3, $4)
                  ON CONFLICT (id) DO UPDATE
                  SET slug = excluded.slug, title = excluded.title, words = excluded.words`,
            params: [id, slug, title, ` ${wordsOf(`${title} ${body}`).join(" ")} `],
          };
        }),
      );
    },
  });
