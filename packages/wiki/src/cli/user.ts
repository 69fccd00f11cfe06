import { Argument, Command, Option } from "commander";
import { ROLES, type Role } from "../application/policy.ts";
import { requirePersistentDatabase } from "./database.ts";
import { askPassword, readPassword } from "./password.ts";
import { configOf } from "./settings.ts";
import { type Dependencies, withWiki } from "./wiki.ts";

const AFTER_HELP = `
At a terminal, the command asks for the password.

Examples:
  $ palimpsest user add ada@example.org --name "Ada Lovelace" --role admin
  $ echo "$PASSWORD" | palimpsest user add bob@example.org --name Bob --role editor --password-stdin`;

interface AddOptions {
  readonly name: string;
  readonly role: Role;
  readonly passwordStdin?: true;
  readonly json?: true;
}

export function userCommand(dependencies: Dependencies): Command {
  const add = new Command("add")
    .description("Create an account.")
    .addArgument(new Argument("<email>", "the e-mail address to sign in with"))
    .requiredOption("--name <name>", "the name that others see")
    .addOption(
      new Option("--role <role>", "the rights of the person, most first")
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .option("--password-stdin", "read the password from the first line of the standard input")
    .option("--json", "print the account as JSON")
    .addHelpText("after", AFTER_HELP)
    .action((email: string, options: AddOptions, command: Command) =>
      addUser(email, options, command, dependencies),
    );
  return new Command("user").description("Manage accounts.").addCommand(add);
}

async function addUser(
  email: string,
  { name, role, passwordStdin, json }: AddOptions,
  command: Command,
  dependencies: Dependencies,
): Promise<void> {
  const config = configOf(command);
  await requirePersistentDatabase(config);
  const password = passwordStdin ? await readPassword() : await askPassword();
  const person = await withWiki(dependencies, config, ({ identity }) =>
    identity.addUser({ email, name, role, password }),
  );
  const text = json
    ? JSON.stringify(person)
    : `Created the account ${person.email} with the role ${person.role}.`;
  process.stdout.write(`${text}\n`);
}
