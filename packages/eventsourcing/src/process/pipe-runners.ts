import { ProgrammingError } from "../errors.ts";
import type { EventType } from "../events/event-type.ts";
import type { ProcessApplication } from "./process-application.ts";
import { ProcessRunner, type ProcessRunnerOptions } from "./process-runner.ts";
import { type ApplicationClasses, type ApplicationsOf, type Pipe, pipeName, type System } from "./system.ts";

export interface PipeRunner<Name extends string = string> extends Pipe<Name> {
  readonly runner: ProcessRunner;
}

type Follower = Pick<ProcessApplication, "handles"> & ProcessRunnerOptions["application"];

/**
 * Creates a runner for each pipe of a system.
 * @throws ProgrammingError for applications that are missing, or that cannot follow each other
 */
export function pipeRunners<Classes extends ApplicationClasses>(
  system: System<Classes>,
  applications: ApplicationsOf<Classes>,
  optionsOf: (pipe: Pipe) => Partial<ProcessRunnerOptions> = () => ({}),
): readonly PipeRunner<keyof Classes & string>[] {
  checkInstances(system, applications);
  for (const follower of new Set(system.pipes.map((pipe) => pipe.follower)))
    checkFollower(system, applications, follower);
  return system.pipes.map((pipe) => {
    const application = applications[pipe.follower] as unknown as Follower;
    const upstream = applications[pipe.leader];
    const runner = new ProcessRunner({
      ...optionsOf(pipe),
      application,
      upstream,
      upstreamName: pipeName(pipe),
      handles: application.handles.filter(({ topic }) => upstream.mapper.hasType(topic)),
    });
    return { ...pipe, runner };
  });
}

function checkInstances<Classes extends ApplicationClasses>(
  { applications: classes }: System<Classes>,
  applications: ApplicationsOf<Classes>,
): void {
  for (const [name, Class] of Object.entries(classes))
    if (!((applications[name] as unknown) instanceof Class))
      throw new ProgrammingError(
        `The application "${name}" of the system must be an instance of ${Class.name}.`,
      );
}

function checkFollower<Classes extends ApplicationClasses>(
  { pipes }: System<Classes>,
  applications: ApplicationsOf<Classes>,
  follower: keyof Classes & string,
): void {
  const leaders = pipes.filter((pipe) => pipe.follower === follower).map(({ leader }) => leader);
  const { handles } = applications[follower] as unknown as Follower;
  const records = (leader: keyof Classes & string, { topic }: EventType) =>
    applications[leader].mapper.hasType(topic);
  const useless = leaders.find((leader) => !handles.some((type) => records(leader, type)));
  if (useless !== undefined)
    throw new ProgrammingError(
      `"${follower}" follows "${useless}" but handles none of its events; remove the pipe or add to "handles".`,
    );
  const unknown = handles.find((type) => !leaders.some((leader) => records(leader, type)));
  if (unknown !== undefined)
    throw new ProgrammingError(
      `"${follower}" handles ${unknown.topic}, which no application that it follows records ` +
        `(${leaders.join(", ")}).`,
    );
}
