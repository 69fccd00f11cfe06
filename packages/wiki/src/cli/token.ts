import { Argument, Command } from "commander";
import { requireDatabase } from "./database.ts";
import { CommandFailedError } from "./errors.ts";
import { configOf } from "./settings.ts";
import { type Dependencies, withWiki } from "./wiki.ts";

const AFTER_HELP = `
The token is printed alone and this once; send it as \`Authorization: Bearer …\`. It has the rights of its owner.

Examples:
  $ TOKEN=$(palimpsest token create ada@example.org --name "nightly export")
  $ curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/api/pages`;

interface CreateOptions {
  readonly name: string;
  readonly json?: true;
}

export function tokenCommand(dependencies: Dependencies): Command {
  const create = new Command("create")
    .description("Make a token for programs that act as a person.")
    .addArgument(new Argument("<email>", "whose token it will be"))
    .option("--name <name>", "what it is for, as its owner sees it", "command line")
    .option("--json", "print the token, its id and its owner as JSON")
    .addHelpText("after", AFTER_HELP)
    .action((email: string, options: CreateOptions, command: Command) =>
      createToken(email, options, command, dependencies),
    );
  return new Command("token").description("Manage the tokens of people.").addCommand(create);
}

async function createToken(
  email: string,
  { name, json }: CreateOptions,
  command: Command,
  dependencies: Dependencies,
): Promise<void> {
  const config = configOf(command);
  await requireDatabase(config);
  const made = await withWiki(dependencies, config, async ({ identity }) => {
    const owner = await identity.findPersonByEmail(email);
    if (owner === null) {
      throw new CommandFailedError(
        `There is no account for ${JSON.stringify(email)}; \`palimpsest user add\` makes one.`,
      );
    }
    return { ...(await identity.createToken(owner.id, { name })), name, email: owner.email };
  });
  process.stdout.write(`${json ? JSON.stringify(made) : made.token}\n`);
}
