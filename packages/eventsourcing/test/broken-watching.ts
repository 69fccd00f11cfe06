import { setImmediate } from "node:timers/promises";
import { Listeners } from "../src/recorder/listeners.ts";
import type { Tracking, UnrecordedEvent } from "../src/recorder/recorder.ts";
import { type BrokenRecorder, ModelRecorder } from "./model-recorder.ts";

class NotifiesOwnHandleOnly extends ModelRecorder {
  protected override notifyAll() {
    this.listeners.notify();
  }
}

class NotifiesTooEarly extends ModelRecorder {
  protected override async save(events: readonly UnrecordedEvent[], tracking?: Tracking) {
    this.database.listeners.notify();
    await setImmediate();
    await setImmediate();
    return this.record(events, tracking);
  }

  protected override notifyAll() {}
}

class NotifiesOnce extends ModelRecorder {
  #isNotified = false;

  override watch(listener: () => void) {
    return super.watch(() => {
      if (!this.#isNotified) listener();
      this.#isNotified = true;
    });
  }
}

class NotifiesRemovedListeners extends ModelRecorder {
  override watch(listener: () => void) {
    super.watch(listener);
    return () => {};
  }
}

class OneListenerOnly extends ModelRecorder {
  #unwatch: (() => void) | undefined;

  override watch(listener: () => void) {
    this.#unwatch?.();
    this.#unwatch = super.watch(listener);
    return this.#unwatch;
  }
}

/** Never listens again after its first listener is removed. */
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

class ClosesWithoutNotifying extends ModelRecorder {
  override watch(listener: () => void) {
    this.checkOpen();
    return this.database.listeners.add(listener);
  }
}

export const brokenWatching: readonly BrokenRecorder[] = [
  {
    fault: "listeners are not notified of saves of other handles",
    breaks: ["R9"],
    Handle: NotifiesOwnHandleOnly,
  },
  { fault: "listeners are called before the events can be read", breaks: ["R9"], Handle: NotifiesTooEarly },
  { fault: "a listener is called only once", breaks: ["R9"], Handle: NotifiesOnce },
  { fault: "a removed listener is called", breaks: ["R9"], Handle: NotifiesRemovedListeners },
  { fault: "a second listener replaces the first", breaks: ["R9"], Handle: OneListenerOnly },
  {
    fault: "a listener added after the last one was removed is not called",
    breaks: ["R9"],
    Handle: ListensOnce,
  },
  { fault: "closing does not call listeners", breaks: ["R9"], Handle: ClosesWithoutNotifying },
];
