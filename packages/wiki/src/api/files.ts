import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { fileAddress } from "../content/file-addresses.ts";
import type { PageFile } from "../domain/page-files.ts";
import { writeAccess } from "../http/access.ts";
import { baseVersionOf, etagOf } from "../http/etag.ts";
import { authorise, requirePerson } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import { acceptUploads, readUpload } from "../http/uploads.ts";
import type { ApiOptions } from "./api-options.ts";
import { type PageAddress, pageAddresses } from "./page-address.ts";
import { commandResponse, POSITION_HEADER } from "./page-responses.ts";
import { waitForPosition } from "./requests.ts";
import * as schemas from "./schemas.ts";

const tags = ["Files"];

const fileFields = {
  id: z.uuid().describe("Identifies these bytes under this name."),
  name: z
    .string()
    .describe("Unique in the page. The page's Markdown names the file by it: `![caption](name)`."),
  type: z.string().describe("The media type, determined from the bytes."),
  bytes: z.int().positive(),
  sha256: z.string(),
  width: z.int().positive().optional().describe("Of an image, in pixels."),
  height: z.int().positive().optional(),
  url: z.string().describe("The address of the bytes, which never change."),
};
const position = z.int().nonnegative();

const unattachedFile = z.object(fileFields).meta({ id: "UnattachedFile" });
const attachedFile = z.object({ ...fileFields, position }).meta({ id: "File" });
const fileList = z
  .object({ version: z.int().positive(), items: z.array(z.object(fileFields)) })
  .meta({ id: "FileList" });

const filesQuery = z.strictObject({ version: schemas.versionQuery, after: schemas.after });
const uploadQuery = z.strictObject({
  replaces: z
    .uuid()
    .optional()
    .describe("The id of the file of the page that the new one replaces. Its name stays."),
});
const fileParameter = { fileId: z.string().describe("The id of the file.") };

/** The description of a multipart form, which no schema validates. */
const upload = {
  consumes: ["multipart/form-data"],
  description: "A multipart form with one part named `file`.",
};

/** Routes that upload, list and remove files. */
export const fileRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, options) => {
  await acceptUploads(api);
  await api.register(uploading, options);
  for (const address of pageAddresses(options.content)) {
    await api.register(attaching(address), options);
    await api.register(listing(address), options);
    await api.register(removing(address), options);
  }
};

const uploading: FastifyPluginAsyncZod<ApiOptions> = async (api, { content }) => {
  api.post(
    apiRoutes.files,
    {
      ...writeAccess,
      schema: {
        tags,
        summary: "Upload a file, to be attached by a page that names its url",
        ...upload,
        response: {
          201: schemas.json(
            "The file, which its uploader can read for 24 hours. Saving a page attaches the files that its text names by `url`.",
            unattachedFile,
          ),
          ...schemas.problems,
        },
      },
    },
    async (request, reply) => {
      const { id } = requirePerson(request);
      const { files } = await readUpload(request, content, 1);
      const [received] = files;
      if (received === undefined) throw new TypeError("readUpload returns at least one file.");
      await asUser(id, () => content.keepFile(received));
      return reply.code(201).send(fileJson(received.file));
    },
  );
};

const attaching =
  (address: PageAddress): FastifyPluginAsyncZod<ApiOptions> =>
  async (api, { content }) => {
    api.post(
      address.pattern + apiRoutes.ofPage.files,
      {
        ...writeAccess,
        schema: {
          tags,
          summary: address.summary("Attach a file to a page, or replace one"),
          ...upload,
          params: address.params,
          headers: schemas.optionalIfMatchHeader,
          querystring: uploadQuery,
          response: {
            201: schemas.json(
              "The file of the page. A name that is in use gets a number. If the page had the same name and bytes, its version stays.",
              attachedFile,
            ),
            ...address.responses,
            ...schemas.problems,
          },
        },
      },
      async (request, reply) => {
        const person = requirePerson(request);
        const page = await address.find(request, reply);
        if (page === undefined) return reply;
        const { "if-match": ifMatch } = request.headers;
        const baseVersion = ifMatch === undefined ? {} : { baseVersion: baseVersionOf(ifMatch, page.id) };
        const { files } = await readUpload(request, content, 1);
        const [received] = files;
        if (received === undefined) throw new TypeError("readUpload returns at least one file.");
        const { replaces } = request.query;
        const newFile = { ...received, ...(replaces === undefined ? {} : { replaces: { id: replaces } }) };
        const written = await asUser(person.id, () => content.attachFile(page.id, newFile, baseVersion));
        reply.headers({ etag: etagOf(written.page), [POSITION_HEADER]: written.position });
        return reply.code(201).send({ ...fileJson(written.file), position: written.position });
      },
    );
  };

const listing =
  (address: PageAddress): FastifyPluginAsyncZod<ApiOptions> =>
  async (api, { content, policy }) => {
    api.get(
      address.pattern + apiRoutes.ofPage.files,
      {
        schema: {
          tags,
          summary: address.summary("List the files of a page"),
          params: address.params,
          querystring: filesQuery,
          response: {
            200: schemas.json("The files of the page at that version.", fileList),
            ...address.responses,
            ...schemas.problems,
          },
        },
      },
      async (request, reply) => {
        authorise(request, "read", policy);
        const { version, after } = request.query;
        await waitForPosition(content, after);
        const found = await address.find(request, reply);
        if (found === undefined) return reply;
        const page = version === undefined ? found : await content.getPageById(found.id, version);
        reply.header("etag", etagOf(page));
        return reply.send({ version: page.version, items: page.files.map(fileJson) });
      },
    );
  };

const removing =
  (address: PageAddress): FastifyPluginAsyncZod<ApiOptions> =>
  async (api, { content, accounts }) => {
    api.delete(
      `${address.pattern}${apiRoutes.ofPage.files}/:fileId`,
      {
        ...writeAccess,
        schema: {
          tags,
          summary: address.summary("Remove a file from a page"),
          description: "Earlier versions of the page keep the file.",
          params: address.params.extend(fileParameter),
          headers: schemas.ifMatchHeader,
          querystring: schemas.summaryQuery,
          response: {
            200: schemas.json("The page without the file.", schemas.page),
            ...address.responses,
            ...schemas.problems,
          },
        },
      },
      async (request, reply) => {
        const person = requirePerson(request);
        const page = await address.find(request, reply);
        if (page === undefined) return reply;
        const { fileId } = request.params as { readonly fileId: string };
        const baseVersion = baseVersionOf(request.headers["if-match"], page.id);
        const command = { ...request.query, fileId, baseVersion };
        const written = await asUser(person.id, () => content.removeFile(page.id, command));
        return reply.send(await commandResponse(accounts, reply, written));
      },
    );
  };

function fileJson(file: PageFile) {
  return { ...file, url: fileAddress(file) };
}
