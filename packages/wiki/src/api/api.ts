import swagger, { type SwaggerTransformObject } from "@fastify/swagger";
import type { FastifyPluginAsync } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { everyoneAccess } from "../http/access.ts";
import { HttpError } from "../http/errors.ts";
import { expensiveAtEarlierDates } from "../http/expensive-reads.ts";
import { acceptOnly } from "../http/request-body.ts";
import { apiRoutes } from "../http/routes.ts";
import { beforeSetup } from "../http/setup-gate.ts";
import type { ApiOptions } from "./api-options.ts";
import { draftRoutes } from "./drafts.ts";
import { fileRoutes } from "./files.ts";
import { notificationRoutes } from "./notifications.ts";
import { pageRoutes } from "./pages.ts";
import { recordRoutes } from "./record.ts";
import { recordCommandRoutes } from "./record-commands.ts";
import { slugRoutes } from "./slugs.ts";
import { viewRoutes } from "./views.ts";

/** The JSON API, and its description as OpenAPI 3.1. */
export const api: FastifyPluginAsync<ApiOptions> = async (server, options) => {
  acceptOnly("json", server, options.workers);
  server.addHook("onRoute", (route) => {
    route.config = { ...expensiveAtEarlierDates.config, ...route.config };
  });
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Palimpsest",
        version: options.version,
        description:
          "Pages and their history. Errors are problem documents (RFC 9457) with a stable `code`. Reading can be public. " +
          "Changes need the token of an editor in the header `Authorization: Bearer`.",
      },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => withoutInputSchemas(jsonSchemaTransformObject(document)),
  });
  await server.register(pageRoutes, options);
  await server.register(recordRoutes, options);
  await server.register(recordCommandRoutes, options);
  await server.register(fileRoutes, options);
  await server.register(slugRoutes, options);
  await server.register(draftRoutes, options);
  await server.register(viewRoutes, options);
  await server.register(notificationRoutes, options);
  server.get(apiRoutes.openapi, { ...beforeSetup, schema: { hide: true } }, async () => server.swagger());
  for (const path of [apiRoutes.root, apiRoutes.anythingElse]) {
    server.all(path, { ...everyoneAccess, schema: { hide: true } }, async (request) => {
      throw new HttpError(
        "not-found",
        `No route has the address ${request.method} ${request.url.slice(0, 200)}. See ${apiRoutes.openapi}.`,
      );
    });
  }
};

/** Removes the copies that the plug-in makes of all named schemas for requests: only responses use these schemas. */
function withoutInputSchemas(document: Document): Document {
  const { schemas = {} } = ("components" in document && document.components) || {};
  for (const name of Object.keys(schemas)) if (name.endsWith("Input")) delete schemas[name];
  return document;
}

type Document = ReturnType<SwaggerTransformObject>;
