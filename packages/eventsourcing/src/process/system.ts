import type { Recording } from "../application/event-store.ts";
import { InvalidArgumentError, ProgrammingError } from "../errors.ts";
import type { DomainEvent, EventType } from "../events/event-type.ts";
import { ProcessApplication } from "./process-application.ts";
import type { Upstream } from "./process-runner.ts";

/** An application of a system. */
interface SystemApplication extends Upstream {
  close(): Promise<void>;
}

/** The classes of a system's applications, by name. */
export type ApplicationClasses = Readonly<Record<string, abstract new (...args: never) => SystemApplication>>;

/** The applications of a system, by name. */
export type ApplicationsOf<Classes extends ApplicationClasses> = {
  readonly [Name in keyof Classes]: InstanceType<Classes[Name]>;
};

/** A follower, and the application whose events it processes. */
export interface Pipe<Name extends string = string> {
  readonly leader: Name;
  readonly follower: Name;
}

type TopicsRecordedBy<Application> = Application extends {
  save(...items: never): Promise<readonly Recording<infer Event>[]>;
}
  ? Event["type"]
  : string;

type TopicsHandledBy<Application> = Application extends {
  readonly handles: readonly EventType<infer Event extends DomainEvent>[];
}
  ? Event["type"]
  : never;

type Overlap<First, Second> = string extends First | Second ? string : Extract<First, Second>;

/** `Follower` if it can follow `Leader`, else the reason why it cannot. */
type CheckedFollower<Classes extends ApplicationClasses, Leader extends string, Follower extends string> = [
  TopicsHandledBy<InstanceType<Classes[Follower]>>,
] extends [never]
  ? `${Follower} is no process application`
  : [
        Overlap<
          TopicsHandledBy<InstanceType<Classes[Follower]>>,
          TopicsRecordedBy<InstanceType<Classes[Leader]>>
        >,
      ] extends [never]
    ? `${Follower} handles no event of ${Leader}`
    : Follower;

type CheckedNames<Classes extends ApplicationClasses, Names> = Names extends readonly [
  infer Leader extends string,
  infer Follower extends string,
  ...infer Rest,
]
  ? readonly [
      CheckedFollower<Classes, Leader, Follower>,
      ...CheckedNames<Classes, readonly [Follower, ...Rest]>,
    ]
  : readonly [];

/** The pipes of a system. Each name that cannot follow the name before it is replaced by the reason. */
export type CheckedPipes<Classes extends ApplicationClasses, Pipes> = {
  readonly [Index in keyof Pipes]: Pipes[Index] extends readonly [infer First, ...infer Rest]
    ? readonly [First, ...CheckedNames<Classes, readonly [First, ...Rest]>]
    : Pipes[Index];
};

/** Applications and the pipes between them, checked. `system` returns one. */
export interface System<Classes extends ApplicationClasses = ApplicationClasses> {
  readonly applications: Classes;
  /** Each pair of leader and follower, once, in the order of the declaration. */
  readonly pipes: readonly Pipe<keyof Classes & string>[];
}

/**
 * Declares applications and the pipes between them. Each application in a pipe, except the first, processes the events
 * of the application before it. It may follow several applications, and itself. An application in no pipe stands alone.
 *
 * The position of a follower is stored as "orders/payments", so the names of applications must never change. To move a
 * position from a `ProcessRunner` into a system, call `skipNotification` with that name before the first start.
 *
 * ```ts
 * const shopping = system({
 *   applications: { orders: Orders, reservations: Reservations, payments: Payments },
 *   pipes: [
 *     ["orders", "reservations", "orders"],
 *     ["orders", "payments", "orders"],
 *   ],
 * });
 * ```
 *
 * A `SystemRunner` runs it, and a `SequentialSystemRunner` in tests.
 * @throws InvalidArgumentError for a name, ProgrammingError for a pipe that cannot work
 */
export function system<
  const Classes extends ApplicationClasses,
  const Pipes extends readonly (readonly (keyof Classes & string)[])[],
>(declaration: {
  readonly applications: Classes;
  readonly pipes: Pipes & CheckedPipes<Classes, Pipes>;
}): System<Classes> {
  const { applications, pipes } = declaration;
  for (const [name, Class] of Object.entries(applications)) checkApplication(name, Class);
  const pairs = new Map<string, Pipe<keyof Classes & string>>();
  for (const names of pipes as Pipes) {
    checkPipe(names, applications);
    for (const [index, follower] of names.slice(1).entries()) {
      const leader = names[index] ?? follower;
      pairs.set(pipeName({ leader, follower }), { leader, follower });
    }
  }
  return { applications, pipes: [...pairs.values()] };
}

/** Returns the name under which the position of a follower is stored. It differs for all pipes of a database. */
export function pipeName({ leader, follower }: Pipe): string {
  return `${leader}/${follower}`;
}

function checkApplication(name: string, Class: unknown): void {
  if (!/^[a-zA-Z][\w-]*$/.test(name))
    throw new InvalidArgumentError("the name of an application", name, "letters, digits, _ and -");
  if (typeof Class !== "function")
    throw new InvalidArgumentError(`the application "${name}"`, Class, "the class of an application");
}

function checkPipe(names: readonly string[], applications: ApplicationClasses): void {
  if (!Array.isArray(names) || names.length < 2)
    throw new ProgrammingError(
      `The pipe ${JSON.stringify(names)} must have a leader and a follower. An application alone needs no pipe.`,
    );
  for (const name of names)
    if (!Object.hasOwn(applications, name))
      throw new ProgrammingError(
        `The pipe ${JSON.stringify(names)} names "${name}", which is not in "applications".`,
      );
  for (const name of names.slice(1))
    if (!(applications[name]?.prototype instanceof ProcessApplication))
      throw new ProgrammingError(
        `"${name}" follows another application; its class must extend processApplication({ … }).`,
      );
}
