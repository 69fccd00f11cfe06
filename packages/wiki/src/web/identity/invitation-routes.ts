import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { limitedTries } from "../../http/access.ts";
import { InvitationInvalidError } from "../../identity/errors.ts";
import { PASSWORD_MIN_LENGTH } from "../../identity/person.ts";
import { addresses } from "../addresses.ts";
import { field } from "../forms/form-fields.ts";
import { type PersonErrors, personErrors } from "../forms/person-errors.ts";
import { redirect, sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { invitation } from "./invitation.tsx";

type InvitationRequest = { Params: { secret: string } };
type Form = { readonly values: { name: string; email: string }; readonly errors?: PersonErrors };

/** Accepting an invitation, which creates an account. */
export const invitationRoutes: FastifyPluginAsync<WebOptions> = async (server, { identity, config }) => {
  const url = addresses.invitation("").concat(":secret");

  server.get<InvitationRequest>(url, async (request, reply) =>
    sendForm(request, reply, request.params.secret, { values: { name: "", email: "" } }),
  );

  server.post<InvitationRequest>(url, limitedTries(config), async (request, reply) => {
    const { secret } = request.params;
    const values = { name: field(request, "name"), email: field(request, "email") };
    try {
      const person = { ...values, password: field(request, "password"), secret };
      const { setCookies } = await identity.acceptInvitation(person);
      return redirect(reply.header("set-cookie", setCookies), addresses.home);
    } catch (error) {
      if (error instanceof InvitationInvalidError) throw error;
      return sendForm(request, reply.code(422), secret, { values, errors: personErrors(error) });
    }
  });

  /** @throws InvitationInvalidError */
  const sendForm = async (request: FastifyRequest, reply: FastifyReply, secret: string, form: Form) => {
    const found = await identity.findInvitation(secret);
    if (found === null) throw new InvitationInvalidError();
    const screen = invitation({
      secret,
      role: found.role,
      wikiName: await server.wikiName(),
      signedInAs: request.person?.name ?? null,
      minPasswordLength: PASSWORD_MIN_LENGTH,
      ...form,
    });
    return sendScreen(request, reply.header("cache-control", "no-store"), screen, { current: "sign-in" });
  };
};
