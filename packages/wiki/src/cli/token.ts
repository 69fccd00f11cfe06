import { Argument, Command } from "commander";
import { requireExistingDatabase } from "./database.ts";
import { CommandFailedError } from "./errors.ts";
import { configOf } from "./settings.ts";
import { type Dependencies, withWiki } from "./wiki.ts";

const AFTER_HELP = `
Prints only the token, and only this once. Send it as \`Authorization: Bearer …\`. It has the rights of its owner.

Examples:
  $ TOKEN=$(palimpsest token create ada@example.org --name "nightly export")
  $ curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/api/pages`;

interface CreateOptions {
  readonly name: string;
  readonly json?: true;
}

export function tokenCommand(dependencies: Dependencies): Command {
  const create = new Command("create")
    .description("Create a token for a program that acts as a person.")
    .addArgument(new Argument("<email>", "the e-mail address of the owner"))
    .option("--name <name>", "the name that its owner sees", "command line")
    .option("--json", "print the token, its id and its owner as JSON")
    .addHelpText("after", AFTER_HELP)
    .action((email: string, options: CreateOptions, command: Command) =>
      createToken(email, options, command, dependencies),
    );
  return new Command("token").description("Manage tokens.").addCommand(create);
}

async function createToken(
  email: string,
  { name, json }: CreateOptions,
  command: Command,
  dependencies: Dependencies,
): Promise<void> {
  const config = configOf(command);
  await requireExistingDatabase(config);
  const created = await withWiki(dependencies, config, async ({ identity }) => {
    const owner = await identity.findPersonByEmail(email);
    if (owner === null) {
      throw new CommandFailedError(
        `No account has the e-mail address ${JSON.stringify(email)}. \`palimpsest user add\` creates one.`,
      );
    }
    return { ...(await identity.createToken(owner.id, { name })), name, email: owner.email };
  });
  process.stdout.write(`${json ? JSON.stringify(created) : created.token}\n`);
}
