import type { FastifyPluginAsync } from "fastify";
import { addresses } from "../addresses.ts";
import { assetHref } from "../assets.ts";

/**
 * Mermaid needs inline styles. The frame has neither the network nor, by `sandbox`, the origin of the wiki, also if it is
 * opened as a page.
 */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'self'; sandbox allow-scripts";

/** The document that draws diagrams of mermaid in a page (`islands/diagrams.ts`). */
export const diagramFrame: FastifyPluginAsync = async (server) => {
  server.get(addresses.diagramFrame, async (_request, reply) =>
    reply
      .removeHeader("x-frame-options")
      .header("content-security-policy", POLICY)
      .header("cache-control", "public, max-age=600")
      .type("text/html; charset=utf-8")
      .send(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Diagram</title>' +
          "<style>body{margin:0;overflow:auto;background:transparent}svg{display:block;margin-inline:auto}" +
          ":root[data-theme=dark]{color-scheme:dark}</style></head><body>" +
          `<script src="${assetHref("mermaid.js")}"></script><script src="${assetHref("diagram-frame.js")}"></script>` +
          "</body></html>",
      ),
  );
};
