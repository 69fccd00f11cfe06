import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { SlugConflictError } from "../../application/errors.ts";
import { ROLES } from "../../application/policy.ts";
import { administerAccess, limitedTries } from "../../http/access.ts";
import { isLocalRequest } from "../../http/local-request.ts";
import { requirePerson } from "../../http/person.ts";
import { acceptUploads } from "../../http/uploads.ts";
import { FirstAdministratorRefusedError, InvalidNameError } from "../../identity/errors.ts";
import { PASSWORD_MIN_LENGTH } from "../../identity/person.ts";
import { SETUP_STEPS, type SetupStep } from "../../identity/setup-steps.ts";
import { InvalidImportError } from "../../import/errors.ts";
import { importFiles } from "../../import/import-files.ts";
import { addresses, WELCOME_SLUG } from "../addresses.ts";
import { field } from "../forms/form-fields.ts";
import { type PersonErrors, personErrors } from "../forms/person-errors.ts";
import { rememberPosition } from "../last-write.ts";
import { redirect, sendScreen } from "../send-screen.ts";
import { strings } from "../strings/strings.ts";
import type { WebOptions } from "../web-options.ts";
import type { PagesStepProps } from "./pages-step.tsx";
import { type ReceivedImport, receiveImport } from "./receive-import.ts";
import { alreadySetUp, type SetupProps, setup } from "./setup.tsx";

interface AccountForm {
  readonly token: string;
  readonly values: { readonly name: string; readonly email: string };
  readonly errors?: PersonErrors;
}

type Query = { Querystring: { token?: string; step?: string } };
type Steps = Partial<Pick<SetupProps, "open" | "name" | "pages" | "people">>;

/** The guided set-up of a new wiki. Administrators can open its steps again later. */
export const setupRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { config, content, identity, policy } = options;

  for (const address of [addresses.setup(), addresses.firstAdministrator]) {
    server.get<Query>(address, async (request, reply) => {
      const { token = "", step } = request.query;
      if ((await identity.firstAdministratorToken()) !== null) {
        return sendAccountStep(request, reply, { token: String(token), values: { name: "", email: "" } });
      }
      if (request.person?.role !== "admin") return sendAlreadySetUp(request, reply);
      const open = SETUP_STEPS.find((one) => one === step);
      return sendSteps(request, reply, open === undefined ? {} : { open });
    });
  }

  server.post(addresses.firstAdministrator, limitedTries(config), async (request, reply) => {
    const values = { name: field(request, "name"), email: field(request, "email") };
    const credentials = { ...values, password: field(request, "password") };
    const posted = tokenIn(field(request, "token"));
    const token = isLocalRequest(request.raw, config) ? await identity.firstAdministratorToken() : posted;
    try {
      await identity.createFirstAdministrator({ ...credentials, token: token ?? "" });
    } catch (error) {
      if (!(error instanceof FirstAdministratorRefusedError)) {
        const errors = personErrors(error);
        return sendAccountStep(request, reply.code(422), { token: posted, values, errors });
      }
      if (error.reason === "administrator-exists") return sendAlreadySetUp(request, reply);
      return sendAccountStep(request, reply.code(403), { token: posted, values });
    }
    const { setCookies } = await identity.signIn(credentials);
    return redirect(reply.header("set-cookie", setCookies), addresses.setup());
  });

  server.post(addresses.setUpName, administerAccess, async (request, reply) => {
    const name = field(request, "name");
    try {
      if (config.wikiName === undefined) await identity.nameWiki(name);
    } catch (error) {
      if (!(error instanceof InvalidNameError)) throw error;
      return sendSteps(request, reply.code(422), {
        open: "name",
        name: { value: name, error: strings.setup.nameInvalid },
      });
    }
    return completeStep(reply, "name");
  });

  await server.register(async (scope) => {
    await acceptUploads(scope);
    scope.post(addresses.setUpPages, administerAccess, async (request, reply) => {
      let form: ReceivedImport | undefined;
      try {
        if (request.isMultipart()) form = await receiveImport(request);
        switch (form?.fields.get("from") ?? field(request, "from")) {
          case "import":
            return await sendImport(request, reply, form);
          case "welcome":
            await addWelcomePage(request, reply);
            return await completeStep(reply, "pages");
          case "nothing":
            return await completeStep(reply, "pages");
          default:
            return await sendPagesStep(request, reply.code(422), { error: strings.setup.chooseOne });
        }
      } catch (error) {
        if (!(error instanceof InvalidImportError)) throw error;
        return await sendPagesStep(request, reply.code(422), { error: strings.setup.notImportable });
      } finally {
        await form?.discard();
      }
    });
  });

  const sendPagesStep = (request: FastifyRequest, reply: FastifyReply, pages: PagesStepProps) =>
    sendSteps(request, reply, { open: "pages", pages });

  /** Imports the files of a form. If any of them cannot be imported, nothing is, unless the form says otherwise. */
  const sendImport = async (
    request: FastifyRequest,
    reply: FastifyReply,
    form: ReceivedImport | undefined,
  ) => {
    if (form?.open === undefined) {
      return sendPagesStep(request, reply.code(422), { error: strings.setup.noFiles });
    }
    const userId = requirePerson(request).id;
    const skipsFailed = form.fields.get("skip") === "yes";
    const source = await form.open();
    try {
      const run = (dryRun: boolean) =>
        importFiles(source, content, { userId, dryRun, overwrite: false, onProgress: () => {} });
      const { collisions, failed } = await run(true);
      if (collisions.length > 0 || (failed.length > 0 && !skipsFailed)) {
        return await sendPagesStep(request, reply.code(422), { refused: { collisions, failed } });
      }
      const imported = await run(false);
      rememberPosition(reply, { position: await content.position() });
      await identity.completeSetupStep("pages");
      return await sendPagesStep(request, reply, { imported });
    } finally {
      await source.close();
    }
  };

  server.post(addresses.setUpPeople, administerAccess, async (request, reply) => {
    const role = ROLES.find((one) => one === field(request, "role")) ?? "reader";
    const createdBy = requirePerson(request).id;
    const { secret, expiresAt } = await identity.createInvitation({ role, createdBy });
    const origin = config.publicOrigin ?? `${request.protocol}://${request.host}`;
    const url = `${origin}${addresses.invitation(secret)}`;
    return sendSteps(request, reply, {
      open: "people",
      people: { role, url, expiresAt: expiresAt.toISOString() },
    });
  });

  server.post(addresses.finishSetup, administerAccess, async (_request, reply) => {
    await identity.completeSetupStep("people");
    return redirect(reply, addresses.home);
  });

  const completeStep = async (reply: FastifyReply, step: SetupStep) => {
    await identity.completeSetupStep(step);
    const next = SETUP_STEPS[SETUP_STEPS.indexOf(step) + 1];
    return redirect(reply, addresses.setup(next));
  };

  const addWelcomePage = async (request: FastifyRequest, reply: FastifyReply) => {
    const title = strings.welcome.title(await server.wikiName());
    const page = { title, slug: WELCOME_SLUG, body: strings.welcome.text };
    try {
      rememberPosition(reply, await asUser(requirePerson(request).id, () => content.addPage(page)));
    } catch (error) {
      // The step was sent twice, or there is another welcome page.
      if (!(error instanceof SlugConflictError)) throw error;
    }
  };

  const sendAccountStep = (request: FastifyRequest, reply: FastifyReply, form: AccountForm) =>
    tokenState(request, form.token).then((token) =>
      sendSetup(request, token === "wrong" ? reply.code(403) : reply, {
        account: { ...form, token, minPasswordLength: PASSWORD_MIN_LENGTH },
      }),
    );

  /** Resolves to whether the person must enter the token, or to the token of their link. */
  const tokenState = async (request: FastifyRequest, token: string) => {
    if (isLocalRequest(request.raw, config)) return "not-needed";
    if (token === "") return "missing";
    return (await identity.firstAdministratorLink(token)) === "valid" ? { value: token } : "wrong";
  };

  const sendSteps = async (request: FastifyRequest, reply: FastifyReply, steps: Steps) => {
    const [current, chosenName, position] = await Promise.all([
      identity.setupStep(),
      identity.wikiName(),
      content.position(),
    ]);
    const isPast = (step: SetupStep) =>
      current !== null && SETUP_STEPS.indexOf(step) < SETUP_STEPS.indexOf(current);
    const open = steps.open ?? current;
    return sendSetup(request, reply, {
      account: { administrator: requirePerson(request).name },
      ...(open === null ? {} : { open }),
      name: {
        value: config.wikiName ?? chosenName ?? "",
        isConfigured: config.wikiName !== undefined,
        isDone: chosenName !== null || isPast("name"),
        isPublic: policy.publicReading,
        ...steps.name,
      },
      pages: { isDone: position > 0 || isPast("pages"), ...steps.pages },
      people: { ...steps.people },
    });
  };

  const sendSetup = (request: FastifyRequest, reply: FastifyReply, props: SetupProps) =>
    sendScreen(request, reply.header("cache-control", "no-store"), setup(props), { isBare: true });

  const sendAlreadySetUp = (request: FastifyRequest, reply: FastifyReply) => {
    const screen = alreadySetUp({ isSignedIn: request.person !== null });
    return sendScreen(request, reply.code(403), screen, { isBare: true });
  };
};

/** Returns the token in a text, which can be the whole link. */
function tokenIn(text: string): string {
  return /[?&]token=([^&#\s]+)/.exec(text)?.[1] ?? text.trim();
}
