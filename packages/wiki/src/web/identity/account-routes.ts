import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { accountAccess } from "../../http/access.ts";
import { type Requester, requirePerson } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { field } from "../forms/form-fields.ts";
import { personErrors } from "../forms/person-errors.ts";
import { redirect, sendScreen, takeNotice } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { type AccountProps, account } from "./account.tsx";

/** The account of the person who is signed in, with their API tokens. */
export const accountRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { identity } = options;

  const sendAccount = async (
    request: FastifyRequest,
    reply: FastifyReply,
    person: Requester,
    extra: Pick<AccountProps, "newToken" | "tokenName" | "errors"> = {},
  ) => {
    const tokens = await identity.listTokens(person.id);
    const notice = takeNotice(request, reply, ["revoked"]);
    const screen = account({
      name: person.name,
      email: person.email,
      role: person.role,
      tokens: tokens.map(({ id, name, createdAt }) => ({ id, name, createdAt: createdAt.toISOString() })),
      ...(notice === undefined ? {} : { notice }),
      ...extra,
    });
    return sendScreen(request, reply.header("cache-control", "no-store"), screen, {
      current: "account",
    });
  };

  server.get(addresses.account, accountAccess, async (request, reply) =>
    sendAccount(request, reply, requirePerson(request)),
  );

  server.post(addresses.createToken, accountAccess, async (request, reply) => {
    const person = requirePerson(request);
    const name = field(request, "name");
    try {
      const { token } = await identity.createToken(person.id, { name });
      return sendAccount(request, reply, person, { newToken: { name, secret: token } });
    } catch (error) {
      return sendAccount(request, reply.code(422), person, { tokenName: name, errors: personErrors(error) });
    }
  });

  server.post(addresses.revokeToken, accountAccess, async (request, reply) => {
    const person = requirePerson(request);
    await identity.revokeToken(person.id, field(request, "id"));
    return redirect(reply, addresses.account, "revoked");
  });
};
