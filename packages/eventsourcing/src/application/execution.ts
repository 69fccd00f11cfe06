import { Aggregate } from "../aggregates/aggregate.ts";
import type { AggregateState } from "../aggregates/aggregate-state.ts";
import type { PlainAggregate } from "../aggregates/plain-aggregate.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { NewEvent } from "../events/event-type.ts";
import type { AggregateType, Saveable } from "./aggregate-type.ts";

/** The aggregates that `execute` loads, and the function that makes items to save from them. */
export interface Execution {
  readonly targets: readonly Target[];
  run(loaded: readonly unknown[]): Promise<readonly Saveable[]>;
}

type Target = readonly [type: AggregateType, id: string];
type Command = (...loaded: readonly unknown[]) => unknown;

/**
 * Returns the meaning of the arguments of `execute`.
 * @throws InvalidArgumentError unless the last one is a function
 */
export function executionOf(arguments_: readonly unknown[]): Execution {
  const [first, second, third] = arguments_;
  if (Array.isArray(first)) return executionOfSeveral(requireTargets(first), requireCommand(second));
  const command = requireCommand(third);
  const target = [first, second] as unknown as Target;
  return isPlain(first) ? executionOfPlain(first, target, command) : executionOfSeveral([target], command);
}

function executionOfSeveral(targets: readonly Target[], command: Command): Execution {
  return {
    targets,
    async run(loaded) {
      const returned = (await command(...loaded)) ?? [];
      const returnedItems = (Array.isArray(returned) ? returned : [returned]) as Saveable[];
      const instances = loaded.filter((item): item is Aggregate => item instanceof Aggregate);
      return [...instances.filter((instance) => !returnedItems.includes(instance)), ...returnedItems];
    },
  };
}

function executionOfPlain(type: PlainAggregate<unknown>, target: Target, command: Command): Execution {
  return {
    targets: [target],
    async run([loaded]) {
      const aggregate = loaded as AggregateState;
      const newEvents = (await command(aggregate.state, aggregate)) as readonly NewEvent[];
      return [type.trigger(aggregate, newEvents)];
    },
  };
}

function isPlain(type: unknown): type is PlainAggregate<unknown> {
  return typeof type === "object" && type !== null && "trigger" in type;
}

function requireTargets(targets: readonly unknown[]): readonly Target[] {
  const wrong = targets.find((target) => !Array.isArray(target) || target.length !== 2);
  if (wrong === undefined) return targets as readonly Target[];
  throw new InvalidArgumentError(
    "each target of execute",
    wrong,
    "a pair of type and id, as in execute([[Account, from], [Account, to]], …)",
  );
}

function requireCommand(command: unknown): Command {
  if (typeof command === "function") return command as Command;
  throw new InvalidArgumentError(
    "the command of execute",
    command,
    "a function, as in execute(Account, id, (account) => …)",
  );
}
