import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { PageNotFoundError } from "../../application/errors.ts";
import { expensiveRead } from "../../http/expensive-reads.ts";
import { authorise } from "../../http/person.ts";
import { addresses, addressesAt, localAddress } from "../addresses.ts";
import type { InstantFormProps } from "../parts/instant-form.tsx";
import { instantOf } from "../parts/instant-form.tsx";
import { EARLIER_DATE_PREFIX, pathBelowPrefix } from "../reading.ts";
import { sendScreen } from "../send-screen.ts";
import { strings } from "../strings/strings.ts";
import type { WebOptions } from "../web-options.ts";
import { timeTravel } from "./time-travel.tsx";

interface TimeRequest {
  Querystring: {
    instant?: string;
    /** The id of the page to show. */
    page?: string;
    /** The path after the prefix, used if `page` is absent or did not exist at the instant. */
    below?: string;
  };
}

interface TimeOptions extends WebOptions {
  readonly readingRoutes: readonly FastifyPluginAsync<WebOptions>[];
}

/** The form that asks for a date, and the wiki at earlier dates. */
export const timeRoutes: FastifyPluginAsync<TimeOptions> = async (server, options) => {
  const { content, policy } = options;

  server.get<TimeRequest>(addresses.timeTravel(), async (request, reply) => {
    authorise(request, "read", policy);
    const { instant = "", page, below = "" } = request.query;
    if (instant === "") return sendForm(request, reply, { instant });
    const earlierDate = instantOf(String(instant));
    if (earlierDate === undefined) return refuse(request, reply, String(instant));
    const addressesAtDate = addressesAt(earlierDate.toISOString());
    const slug = page === undefined ? undefined : await slugAt(String(page), earlierDate);
    const target =
      slug === undefined ? localAddress(addressesAtDate.home + String(below)) : addressesAtDate.page(slug);
    return reply.redirect(target, 303);
  });

  await server.register(
    async (atEarlierDate) => {
      atEarlierDate.addHook("preHandler", enterEarlierDate);
      atEarlierDate.addHook("onRoute", (route) => {
        route.config = { ...expensiveRead.config, ...route.config };
      });
      for (const routes of options.readingRoutes) await atEarlierDate.register(routes, options);
    },
    { prefix: EARLIER_DATE_PREFIX },
  );

  /** Reads the instant from the address. Other spellings redirect to the canonical one. */
  async function enterEarlierDate(request: FastifyRequest, reply: FastifyReply) {
    authorise(request, "read", policy);
    const { instant } = request.params as { readonly instant: string };
    const earlierDate = instantOf(instant);
    if (earlierDate === undefined) return refuse(request, reply, instant);
    const canonical = earlierDate.toISOString();
    if (canonical !== instant) {
      return reply.redirect(addressesAt(canonical).home + pathBelowPrefix(request.url), 308);
    }
    request.earlierDate = earlierDate;
  }

  const refuse = (request: FastifyRequest, reply: FastifyReply, instant: string) => {
    const shown = instant.length > 100 ? `${instant.slice(0, 100)}…` : instant;
    const error = strings.earlier.invalid(shown);
    return sendForm(request, reply.code(400), { instant: "", error });
  };

  const sendForm = (request: FastifyRequest, reply: FastifyReply, form: InstantFormProps) =>
    sendScreen(request, reply, timeTravel(form));

  /** Resolves to the slug of a page at an instant; undefined if it did not exist or was archived. */
  const slugAt = async (pageId: string, earlierDate: Date): Promise<string | undefined> => {
    try {
      const page = await content.getPageAt(pageId, await content.record.positionAt(earlierDate));
      return page.archived ? undefined : page.slug;
    } catch (error) {
      if (error instanceof PageNotFoundError) return undefined;
      throw error;
    }
  };
};
