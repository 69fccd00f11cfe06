import { TASKS, type TaskInput, type TaskName, type TaskOutput } from "./tasks.ts";

/** Computes tasks without blocking the event loop for long. */
export interface TaskRunner {
  /**
   * Resolves to the output of a task.
   *
   * @param signal cancels the task when it is aborted
   * @throws the errors of the task, RequestAbortedError, ServerBusyError if too many tasks wait, WorkerEndedError
   */
  run<Name extends TaskName>(
    name: Name,
    input: TaskInput<Name>,
    signal?: AbortSignal,
  ): Promise<TaskOutput<Name>>;
}

/** Computes every task on the calling thread. */
export const inlineTasks: TaskRunner = {
  async run(name, input) {
    return computeInline(name, input);
  },
};

export function computeInline<Name extends TaskName>(name: Name, input: TaskInput<Name>): TaskOutput<Name> {
  const compute = TASKS[name].compute as (input: TaskInput<Name>) => TaskOutput<Name>;
  return compute(input);
}

export function isShort<Name extends TaskName>(name: Name, input: TaskInput<Name>): boolean {
  const isShort = TASKS[name].isShort as (input: TaskInput<Name>) => boolean;
  return isShort(input);
}
