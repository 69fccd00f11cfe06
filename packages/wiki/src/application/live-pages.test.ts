import { randomUUID } from "node:crypto";
import { asUser, type Recorder, RecorderError } from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { expect, it } from "vitest";
import { ContentManagement } from "./content-management.ts";
import { LivePages } from "./live-pages.ts";

const author = randomUUID();

/** Opens a wiki whose recorder can fail or hang, and counts its subscriptions. */
async function openWiki() {
  const inner = memoryRecorder();
  const state = { failing: false, watching: 0, held: undefined as Promise<void> | undefined };
  const recorder = new Proxy<Recorder>(inner, {
    get(target, name: keyof Recorder) {
      if (name === "maxNotificationId") {
        return async () => {
          await state.held;
          if (state.failing) throw new RecorderError("The database cannot be read", new Error("gone"));
          return target.maxNotificationId();
        };
      }
      if (name === "watch") {
        return (listener: () => void) => {
          const unwatch = target.watch(listener);
          state.watching += 1;
          return () => {
            state.watching -= 1;
            unwatch();
          };
        };
      }
      const value: unknown = target[name];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const content = new ContentManagement({ recorder });
  const add = async (title: string) =>
    (await asUser(author, () => content.addPage({ title, body: "0" }))).page.id;
  const edit = (id: string, body: string) => asUser(author, () => content.editPage(id, { body }));
  return { content, state, add, edit, live: new LivePages(content) };
}

/** Reads the versions after version 1, until `end`. */
function listen(live: LivePages, id: string) {
  const ending = new AbortController();
  const versions = live.versionsAfter(id, 1, ending.signal);
  const next = async () => (await versions.next()).value;
  const end = async () => {
    ending.abort();
    await versions.return(undefined);
  };
  return { next, end };
}

it("notifies each reader of versions of its page, with one subscription for all", async () => {
  const { state, add, edit, live } = await openWiki();
  const [one, other] = [await add("One"), await add("Other")];
  const listeners = [listen(live, one), listen(live, one), listen(live, other)];
  const heard = Promise.all(listeners.map(({ next }) => next()));
  await edit(one, "1");
  await edit(other, "1");
  expect(await heard).toEqual([2, 2, 2]);
  expect(state.watching).toBe(1);
  const again = listeners[1]?.next();
  await listeners[0]?.end();
  await edit(one, "2");
  expect(await again).toBe(3);
  for (const { end } of listeners) await end();
  await expect.poll(() => state.watching).toBe(0);
});

it("yields the current version to a reader with an older one, and the latest to a slow reader", async () => {
  const { add, edit, live } = await openWiki();
  const id = await add("One");
  await edit(id, "1");
  const { next, end } = listen(live, id);
  expect(await next()).toBe(2);
  for (const body of ["2", "3", "4"]) await edit(id, body);
  await expect.poll(next).toBe(5);
  await end();
});

it("misses no version while the subscription of another reader starts", async () => {
  const { state, add, edit, live } = await openWiki();
  const id = await add("One");
  let release = (): void => {};
  state.held = new Promise((resolve) => {
    release = resolve;
  });
  const [first, second] = [listen(live, id), listen(live, id)];
  const heard = Promise.all([first.next(), second.next()]);
  await edit(id, "1");
  state.held = undefined;
  release();
  expect(await heard).toEqual([2, 2]);
  await first.end();
  await second.end();
});

it("subscribes again for the next reader after the record could not be read", async () => {
  const { state, add, edit, live } = await openWiki();
  const id = await add("One");
  state.failing = true;
  const [first, second] = [listen(live, id), listen(live, id)];
  const failures = await Promise.allSettled([first.next(), second.next()]);
  expect(failures.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(state.watching).toBe(0);
  state.failing = false;
  const third = listen(live, id);
  const heard = third.next();
  await edit(id, "1");
  expect(await heard).toBe(2);
  const next = third.next();
  await edit(id, "2");
  expect(await next).toBe(3);
  expect(state.watching).toBe(1);
  await third.end();
  await expect.poll(() => state.watching).toBe(0);
});

it("ends for all readers when the recorder is closed", async () => {
  const { content, add, live } = await openWiki();
  const id = await add("One");
  const listeners = [listen(live, id), listen(live, id)];
  const heard = Promise.allSettled(listeners.map(({ next }) => next()));
  await expect.poll(() => content.position()).toBe(3);
  await content.close();
  for (const outcome of await heard) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "recorder-closed" } });
  }
});

it("rejects a page that does not exist", async () => {
  const { state, live } = await openWiki();
  const { next } = listen(live, randomUUID());
  await expect(next()).rejects.toMatchObject({ code: "page-not-found" });
  await expect.poll(() => state.watching).toBe(0);
});
