import { InvalidArgumentError } from "../errors.ts";
import type { WaitOptions } from "../recorder/condition-waiter.ts";
import { type PipeRunner, pipeRunners } from "./pipe-runners.ts";
import type { ProcessRunnerOptions } from "./process-runner.ts";
import type { ProcessStatus } from "./process-status.ts";
import { ProcessBehindError } from "./process-waiter.ts";
import type { ApplicationClasses, ApplicationsOf, Pipe, System } from "./system.ts";
import { pipeName } from "./system.ts";

/** The options of a `SystemRunner`. */
export interface SystemRunnerOptions<Classes extends ApplicationClasses>
  extends Pick<ProcessRunnerOptions, "maxAttempts" | "retryDelayMs" | "pollIntervalMs" | "stopTimeoutMs"> {
  /** The applications by name. They are closed with the runner. They may share a recorder. */
  readonly applications: ApplicationsOf<Classes>;
  /** As `ProcessRunnerOptions.onError`, for each pipe. */
  readonly onError?: (error: unknown, pipe: Pipe<keyof Classes & string>) => void;
}

/** The progress and health of a pipe of a system. */
export interface PipeStatus<Name extends string = string> extends ProcessStatus, Pipe<Name> {}

/**
 * Runs a system: each follower processes the events of its leaders soon after their commits, all pipes at the same
 * time. Any number of processes may run the same system; each event is processed once. A pipe that stops at an event
 * leaves the others running.
 *
 * ```ts
 * await using runner = new SystemRunner(shopping, {
 *   applications: {
 *     orders: new Orders({ recorder: await sqliteRecorder({ path: "orders.db" }) }),
 *     reservations: new Reservations({ recorder: await sqliteRecorder({ path: "reservations.db" }) }),
 *     payments: new Payments({ recorder: await sqliteRecorder({ path: "payments.db" }) }),
 *   },
 * });
 * runner.start();
 * await runner.get("orders").place(items);
 * ```
 */
export class SystemRunner<Classes extends ApplicationClasses> implements AsyncDisposable {
  readonly #applications: ApplicationsOf<Classes>;
  readonly #pipes: readonly PipeRunner<keyof Classes & string>[];

  /** @throws InvalidArgumentError, ProgrammingError for options or applications that cannot work */
  constructor(system: System<Classes>, options: SystemRunnerOptions<Classes>) {
    const { applications, onError, ...settings } = options;
    this.#applications = applications;
    this.#pipes = pipeRunners(system, applications, ({ leader, follower }) => ({
      ...settings,
      ...(onError && { onError: (error: unknown) => onError(error, { leader, follower }) }),
    }));
  }

  /** Returns the application of this name. */
  get<Name extends keyof Classes & string>(name: Name): ApplicationsOf<Classes>[Name] {
    this.#requireName(name);
    return this.#applications[name];
  }

  /** Starts to process events. Keeps the process alive until `stop`. @throws ProgrammingError if called twice */
  start(): void {
    for (const { runner } of this.#pipes) runner.start();
  }

  /** Resolves when the events under way are processed, or abandoned as by `ProcessRunner.stop`. */
  async stop(): Promise<void> {
    await Promise.all(this.#pipes.map(({ runner }) => runner.stop()));
  }

  /** Stops, and closes the applications. */
  async close(): Promise<void> {
    await this.stop();
    await Promise.all(Object.values(this.#applications).map((application) => application.close()));
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Resolves when each follower of the application `leader` has processed its events up to the notification, in any
   * process. Consequences of consequences may follow later; see `waitUntilIdle`.
   * @throws ProcessBehindError after `timeoutMs`, or at once if a pipe is stopped before the notification
   * @throws the reason of the signal
   */
  async waitFor(
    leader: keyof Classes & string,
    notificationId: number,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    this.#requireName(leader);
    const pipes = this.#pipes.filter((pipe) => pipe.leader === leader);
    await Promise.all(pipes.map(({ runner }) => runner.waitFor(notificationId, options)));
  }

  /**
   * Resolves when every event of every application is processed, consequences included.
   * @throws ProcessBehindError if that is not so after `timeoutMs`, or at once if a pipe is stopped
   * @throws the reason of the signal
   */
  async waitUntilIdle(options: {
    readonly timeoutMs: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<void> {
    const end = performance.now() + options.timeoutMs;
    for (;;) {
      const timeoutMs = Math.max(0, end - performance.now());
      const processed = await Promise.all(
        this.#pipes.map((pipe) => this.#catchUp(pipe, { ...options, timeoutMs })),
      );
      const lastIds = await Promise.all(this.#pipes.map((pipe) => this.#lastIdOf(pipe)));
      const index = lastIds.findIndex((lastId, at) => lastId !== processed[at]);
      const pipe = this.#pipes[index];
      if (pipe === undefined) return;
      if (performance.now() >= end)
        throw new ProcessBehindError(
          pipeName(pipe),
          lastIds[index] ?? 0,
          processed[index] ?? 0,
          undefined,
          undefined,
        );
    }
  }

  /** Resolves to the status of each pipe, in the order of the declaration. @throws RecorderError */
  status(): Promise<readonly PipeStatus<keyof Classes & string>[]> {
    return Promise.all(
      this.#pipes.map(async ({ leader, follower, runner }) => ({
        leader,
        follower,
        ...(await runner.status()),
      })),
    );
  }

  /** Makes a pipe, if it is stopped, process its failed event again. */
  async retry(leader: keyof Classes & string, follower: keyof Classes & string): Promise<void> {
    await this.#runner(leader, follower).retry();
  }

  /**
   * Makes a pipe continue without the event that it is stopped at.
   * @throws InvalidArgumentError if it is not stopped at this notification
   */
  async skip(
    leader: keyof Classes & string,
    follower: keyof Classes & string,
    notificationId: number,
  ): Promise<void> {
    await this.#runner(leader, follower).skip(notificationId);
  }

  async #catchUp(pipe: PipeRunner<keyof Classes & string>, options: WaitOptions): Promise<number> {
    const lastId = await this.#lastIdOf(pipe);
    await pipe.runner.waitFor(lastId, options);
    return lastId;
  }

  #lastIdOf({ leader }: Pipe<keyof Classes & string>): Promise<number> {
    return this.#applications[leader].notificationLog.maxId();
  }

  #requireName(name: string): void {
    const names = Object.keys(this.#applications);
    if (!names.includes(name))
      throw new InvalidArgumentError("the name of an application", name, `one of ${names.join(", ")}`);
  }

  #runner(leader: string, follower: string) {
    const pipe = this.#pipes.find((one) => one.leader === leader && one.follower === follower);
    if (pipe !== undefined) return pipe.runner;
    const names = this.#pipes.map(pipeName).join(", ");
    throw new InvalidArgumentError("the pipe", pipeName({ leader, follower }), `one of ${names}`);
  }
}
