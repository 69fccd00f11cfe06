import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { everyoneAccess, limitedTries } from "../../http/access.ts";
import { SignUpClosedError } from "../../identity/errors.ts";
import { PASSWORD_MIN_LENGTH } from "../../identity/person.ts";
import { addresses, localAddress } from "../addresses.ts";
import { field } from "../forms/form-fields.ts";
import { type PersonErrors, personErrors } from "../forms/person-errors.ts";
import { redirect, sendScreen, takeNotice } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { signIn } from "./sign-in.tsx";
import { signUp } from "./sign-up.tsx";

/** Signing in, up and out. */
export const signInRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { identity, config } = options;
  const tries = limitedTries(config);

  const sendSignIn = (
    request: FastifyRequest,
    reply: FastifyReply,
    form: { readonly email: string; readonly returnTo: string; readonly errors?: PersonErrors },
  ) => {
    const notice = takeNotice(request, reply, ["signed-out", "required"]);
    const screen = signIn({
      signUpOpen: config.signUp === "open",
      ...form,
      ...(notice === undefined ? {} : { notice }),
    });
    return sendScreen(request, reply, screen, { current: "sign-in" });
  };

  server.get<{ Querystring: { return?: string } }>(addresses.signIn(), async (request, reply) => {
    const returnTo = localAddress(String(request.query.return ?? "/"));
    if (request.person !== null) return redirect(reply, returnTo);
    if (!(await identity.hasAccounts())) return redirect(reply, addresses.setup());
    return sendSignIn(request, reply, { email: "", returnTo });
  });

  server.post(addresses.signIn(), tries, async (request, reply) => {
    const email = field(request, "email");
    const returnTo = localAddress(field(request, "return"));
    try {
      const { setCookies } = await identity.signIn({ email, password: field(request, "password") });
      return redirect(reply.header("set-cookie", setCookies), returnTo);
    } catch (error) {
      return sendSignIn(request, reply.code(422), { email, returnTo, errors: personErrors(error) });
    }
  });

  server.post(addresses.signOut, everyoneAccess, async (request, reply) => {
    const { setCookies } = await identity.signOut(request.headers.cookie);
    return redirect(reply.header("set-cookie", setCookies), addresses.signIn(), "signed-out");
  });

  const sendSignUp = (
    request: FastifyRequest,
    reply: FastifyReply,
    form: { readonly values: { name: string; email: string }; readonly errors?: PersonErrors },
  ) => {
    const screen = signUp({ minPasswordLength: PASSWORD_MIN_LENGTH, ...form });
    return sendScreen(request, reply, screen, { current: "sign-in" });
  };

  server.get(addresses.signUp, async (request, reply) => {
    if (config.signUp === "closed") throw new SignUpClosedError();
    return sendSignUp(request, reply, { values: { name: "", email: "" } });
  });

  server.post(addresses.signUp, tries, async (request, reply) => {
    const values = { name: field(request, "name"), email: field(request, "email") };
    try {
      const person = { ...values, password: field(request, "password") };
      const { setCookies } = await identity.signUp(person);
      return redirect(reply.header("set-cookie", setCookies), addresses.home);
    } catch (error) {
      return sendSignUp(request, reply.code(422), { values, errors: personErrors(error) });
    }
  });
};
