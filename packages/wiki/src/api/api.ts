import swagger from "@fastify/swagger";
import type { FastifyPluginAsync } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { HttpError } from "../http/errors.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { notificationRoutes } from "./notifications.ts";
import { pageRoutes } from "./pages.ts";

/** The JSON API, and its description as OpenAPI 3.1. */
export const api: FastifyPluginAsync<ApiOptions> = async (server, options) => {
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Palimpsest",
        version: options.version,
        description:
          "Pages and the record of their changes. Errors are problem documents (RFC 9457) with a stable `code`. " +
          "Reading may be public; a change needs a token of an editor as `Authorization: Bearer`.",
      },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await server.register(pageRoutes, options);
  await server.register(notificationRoutes, options);
  server.get(apiRoutes.openapi, { schema: { hide: true } }, async () => server.swagger());
  server.all(apiRoutes.anythingElse, { schema: { hide: true } }, async (request) => {
    throw new HttpError("not-found", `There is no ${request.method} ${request.url.slice(0, 200)}.`);
  });
};
