import { setImmediate } from "node:timers/promises";
import { Listeners } from "../src/recorder/listeners.ts";
import type { Tracking, UnrecordedEvent } from "../src/recorder/recorder.ts";
import { type BrokenRecorder, ModelRecorder } from "./model-recorder.ts";

class DeafToOthers extends ModelRecorder {
  protected override tell() {
    this.watchers.notify();
  }
}

class TellsTooSoon extends ModelRecorder {
  protected override async save(events: readonly UnrecordedEvent[], tracking?: Tracking) {
    this.database.watchers.notify();
    await setImmediate();
    await setImmediate();
    return this.record(events, tracking);
  }

  protected override tell() {}
}

class TellsOnce extends ModelRecorder {
  #told = false;

  override watch(listener: () => void) {
    return super.watch(() => {
      if (!this.#told) listener();
      this.#told = true;
    });
  }
}

class TellsWhoStopped extends ModelRecorder {
  override watch(listener: () => void) {
    super.watch(listener);
    return () => {};
  }
}

class OneWatcherOnly extends ModelRecorder {
  #unwatch: (() => void) | undefined;

  override watch(listener: () => void) {
    this.#unwatch?.();
    this.#unwatch = super.watch(listener);
    return this.#unwatch;
  }
}

/** Stops to listen for good with its first watcher. */
class ListensOnce extends ModelRecorder {
  readonly #own = new Listeners(() => {
    const unwatch = this.#started ? () => {} : super.watch(() => this.#own.notify());
    this.#started = true;
    return unwatch;
  });
  #started = false;

  override watch(listener: () => void) {
    this.checkOpen();
    return this.#own.add(listener);
  }
}

/** Who waits for a call when it is closed waits for ever. */
class ClosesInSilence extends ModelRecorder {
  override watch(listener: () => void) {
    this.checkOpen();
    return this.database.watchers.add(listener);
  }
}

/** Recorders that are wrong in what those who watch hear. */
export const brokenWatching: readonly BrokenRecorder[] = [
  { fault: "nothing is heard of what other handles record", breaks: ["R9"], Handle: DeafToOthers },
  { fault: "who watches is called before the events can be read", breaks: ["R9"], Handle: TellsTooSoon },
  { fault: "who watches is called once and never again", breaks: ["R9"], Handle: TellsOnce },
  { fault: "who stopped watching is called all the same", breaks: ["R9"], Handle: TellsWhoStopped },
  { fault: "one may watch at a time", breaks: ["R9"], Handle: OneWatcherOnly },
  { fault: "who watches after the last one stopped hears nothing", breaks: ["R9"], Handle: ListensOnce },
  { fault: "who waits is not told of the end", breaks: ["R9"], Handle: ClosesInSilence },
];
