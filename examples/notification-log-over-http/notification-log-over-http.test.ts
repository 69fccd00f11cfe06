import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  EventLogMismatchError,
  NotificationLog,
  type NotificationRange,
  type Recorder,
  RecorderError,
} from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { sqliteRecorder, sqliteViewStore } from "@palimpsest/eventsourcing/sqlite";
import { afterEach, describe, expect, it, vi } from "vitest";
import { onEachRecorder } from "../../test/recorders.ts";
import { Account } from "../bank-accounts/account.ts";
import { Bank } from "../bank-accounts/bank.ts";
import { followBank } from "./follower.ts";
import { encodeLine } from "./protocol.ts";
import { RemoteLog } from "./remote-log.ts";
import { createLogServer } from "./server.ts";

const cleanUp: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "palimpsest-test-"));
  cleanUp.push(() => rm(folder, { recursive: true }));
  return folder;
}

async function follow(url: string, onError?: (error: unknown) => void) {
  const store = await sqliteViewStore({ path: join(await newFolder(), "views.db") });
  cleanUp.push(() => store.close());
  const follower = followBank(url, store, {
    pollIntervalMs: 50,
    retryDelayMs: 20,
    ...(onError && { onError }),
  });
  cleanUp.push(() => follower.runner.stop());
  return follower;
}

async function record(recorder: Recorder, events: number): Promise<Bank> {
  const bank = new Bank({ recorder });
  const ann = await bank.open("Ann");
  await bank.execute(Account, ann, (account) => {
    for (let n = 1; n < events; n += 1) account.credit({ cents: 1 });
  });
  return bank;
}

const idsIn = async (response: Response) =>
  (await response.text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).id as number);

onEachRecorder("a notification log over HTTP", (create) => {
  it("serves batches, and lets complete ones be cached without limit", async () => {
    const bank = await record(await create(), 150);
    const url = await listen(createLogServer(bank.notificationLog));
    const first = await fetch(`${url}batches/1`);
    expect(first.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(await idsIn(first)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));

    const second = await fetch(`${url}batches/2`);
    expect(second.headers.get("cache-control")).toBe("no-cache");
    expect(await idsIn(second)).toEqual(Array.from({ length: 50 }, (_, index) => index + 101));
    const headers = { "If-None-Match": `W/"7", ${second.headers.get("etag")}` };
    expect((await fetch(`${url}batches/2`, { headers })).status).toBe(304);
    await bank.open("Bob");
    expect((await fetch(`${url}batches/2`, { headers })).status).toBe(200);

    const later = await fetch(`${url}batches/3`);
    expect([later.status, await later.text()]).toEqual([200, ""]);
    const head = await fetch(`${url}batches/1`, { method: "HEAD" });
    expect([head.headers.get("etag"), await head.text()]).toEqual(['"100"', ""]);
  });

  it("returns the last id at once, or after it has changed", async () => {
    const bank = await record(await create(), 3);
    const url = await listen(createLogServer(bank.notificationLog));
    const last = async (query = "") => (await (await fetch(`${url}last${query}`)).json()).id;
    expect(await last()).toBe(3);
    expect(await last("?after=2&wait=30")).toBe(3);
    const waiting = last("?after=3&wait=30");
    await bank.open("Bob");
    expect(await waiting).toBe(4);
  });

  it("selects the same notifications as the recorder itself", async () => {
    const recorder = await create();
    const bank = await record(recorder, 230);
    const log = new RemoteLog(await listen(createLogServer(bank.notificationLog)));
    const ranges: NotificationRange[] = [
      { start: 1, limit: 1_000 },
      { start: 100, stop: 101, limit: 10 },
      { start: 99, limit: 3 },
      { start: 201, limit: 1_000 },
      { start: 230, limit: 1 },
      { start: 231, limit: 1 },
      { start: 1, limit: 0 },
      { start: 1, limit: 1_000, maxBytes: 500 },
      { start: 1, limit: 5, topics: ["Account.Opened"] },
      { start: 1, stop: 150, limit: 200, topics: ["Account.Credited"] },
      { start: 1, limit: 5, topics: [] },
    ];
    for (const range of ranges) {
      const [remote, local] = [
        await log.selectNotifications(range),
        await recorder.selectNotifications(range),
      ];
      expect([range, ...remote.map(encodeLine)]).toEqual([range, ...local.map(encodeLine)]);
    }
    expect(await log.maxNotificationId()).toBe(230);
  });

  it("feeds a view in another database, each event once", async () => {
    const bank = await record(await create(), 150);
    const { runner, accounts } = await follow(await listen(createLogServer(bank.notificationLog)));
    runner.start();
    await runner.waitFor(["balances"], 150, { timeoutMs: 20_000 });
    expect(await accounts()).toEqual([{ owner: "Ann", cents: 149 }]);
    const bob = await bank.open("Bob");
    await Promise.all([1, 2, 3, 4].map((cents) => bank.deposit(bob, cents)));
    await runner.waitFor(["balances"], await bank.notificationLog.maxId(), { timeoutMs: 20_000 });
    expect(await accounts()).toEqual([
      { owner: "Ann", cents: 149 },
      { owner: "Bob", cents: 10 },
    ]);
    await bank.closeAccount(bob);
    await runner.waitFor(["balances"], await bank.notificationLog.maxId(), { timeoutMs: 20_000 });
    expect(await accounts()).toEqual([{ owner: "Ann", cents: 149 }]);
    await runner.stop();
  });
});

describe("the server", () => {
  it("refuses unknown paths, methods and parameters", async () => {
    const url = await listen(createLogServer(new NotificationLog(memoryRecorder())));
    const answer = async (path: string, init?: RequestInit) => {
      const response = await fetch(`${url}${path}`, init);
      return [response.status, (await response.json()).message];
    };
    const number = "it must be a whole number from";
    for (const batch of ["0", "-1", "1.5", "1e3", "abc", "99999999999999999"])
      expect(await answer(`batches/${batch}`)).toEqual([400, expect.stringContaining(number)]);
    for (const query of ["wait=31", "wait=x", "after=-1", "wait=", "after=1e400"])
      expect(await answer(`last?${query}`)).toEqual([400, expect.stringContaining(number)]);
    for (const path of ["", "batches", "batches/", "batches/1/2", "last/1", "%00", "LAST"])
      expect(await answer(path)).toEqual([404, expect.stringContaining("does not exist")]);
    expect(await answer("last", { method: "POST", body: "{}" })).toEqual([
      405,
      "POST is not allowed; use GET or HEAD.",
    ]);
  });

  it("returns the unchanged last id when the wait expires", async () => {
    const bank = await record(memoryRecorder(), 3);
    const url = await listen(createLogServer(bank.notificationLog));
    expect(await (await fetch(`${url}last?after=3&wait=1`)).json()).toEqual({ id: 3 });
  });

  it("refuses a request target that is not a path", async () => {
    const url = await listen(createLogServer(new NotificationLog(memoryRecorder())));
    const sent = request(url, { path: "http://elsewhere/last" }).end();
    const [response] = await once(sent, "response");
    response.resume();
    expect(response.statusCode).toBe(400);
  });

  it("answers 500 without details when the log cannot be read, and 503 when it is closed", async () => {
    const recorder = memoryRecorder();
    const url = await listen(createLogServer(new NotificationLog(recorder)));
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    cleanUp.push(() => logged.mockRestore());
    vi.spyOn(recorder, "maxNotificationId").mockRejectedValueOnce(
      new RecorderError("Reading", "disk failure"),
    );
    const response = await fetch(`${url}batches/1`);
    expect([response.status, await response.json()]).toEqual([500, { message: "The log cannot be read." }]);
    expect(logged).toHaveBeenCalledWith(expect.any(RecorderError));
    await recorder.close();
    expect((await fetch(`${url}batches/1`)).status).toBe(503);
    expect(logged).toHaveBeenCalledTimes(1);
  });
});

describe("the client", () => {
  const answering = (listener: RequestListener) => listen(createServer(listener));
  const lines = async () => {
    const bank = await record(memoryRecorder(), 3);
    return (await bank.notificationLog.select({ start: 1, limit: 10 })).map(encodeLine);
  };

  it("refuses responses that are not the log", async () => {
    const [one = "", two = "", three = ""] = await lines();
    const bodies = [
      "<html>Sign in</html>",
      "{}\n",
      one.trimEnd(),
      one + three,
      one + one,
      two,
      `${one}null\n`,
      one.replace(/"state":"./, '"state":"*'),
      one.replace(/"recordedAt":"[^"]*"/, '"recordedAt":"today"'),
    ];
    for (const body of bodies) {
      const log = new RemoteLog(await answering((_request, response) => response.end(body)));
      const selected = log.selectNotifications({ start: 1, limit: 10 });
      await expect(selected, body).rejects.toThrow(RecorderError);
    }
    for (const body of ["<html>Sign in</html>", "{}", '{"id":-1}', '{"id":"3"}', "null", ""]) {
      const log = new RemoteLog(await answering((_request, response) => response.end(body)));
      await expect(log.maxNotificationId(), body).rejects.toThrow(RecorderError);
    }
  });

  it("refuses errors, broken connections and logs that are shorter than their last id", async () => {
    const [one = ""] = await lines();
    const missing = new RemoteLog(await answering((_request, response) => response.writeHead(404).end()));
    await expect(missing.selectNotifications({ start: 1, limit: 1 })).rejects.toThrow("answers 404");
    const broken = new RemoteLog(
      await answering((_request, response) => response.write(one, () => response.destroy())),
    );
    await expect(broken.selectNotifications({ start: 1, limit: 10 })).rejects.toThrow(RecorderError);
    const short = new RemoteLog(
      await answering(({ url }, response) => response.end(url === "/last" ? '{"id":3}' : one)),
    );
    await short.maxNotificationId();
    await expect(short.selectNotifications({ start: 1, limit: 10 })).rejects.toThrow("It ends before 2");
    await expect(new RemoteLog("http://127.0.0.1:1/").maxNotificationId()).rejects.toThrow(RecorderError);
    expect(() => new RemoteLog("not a url")).toThrow(TypeError);
  });

  it("continues when the server has recovered", async () => {
    const bank = await record(memoryRecorder(), 120);
    const server = createLogServer(bank.notificationLog);
    const [handle] = server.listeners("request") as RequestListener[];
    let failures = 3;
    const url = await answering((incoming, response) => {
      if (incoming.url?.startsWith("/batches/") && failures > 0) {
        failures -= 1;
        response.writeHead(503).end();
      } else handle?.(incoming, response);
    });
    const errors: unknown[] = [];
    const { runner, accounts } = await follow(url, (error) => errors.push(error));
    runner.start();
    await runner.waitFor(["balances"], 120, { timeoutMs: 30_000 });
    expect(await accounts()).toEqual([{ owner: "Ann", cents: 119 }]);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors[0]).toBeInstanceOf(RecorderError);
  });

  it("rebuilds its view when an older copy of the log is restored", async () => {
    const [before, after] = [await record(memoryRecorder(), 120), await record(memoryRecorder(), 10)];
    let served = createLogServer(before.notificationLog).listeners("request")[0] as RequestListener;
    const url = await answering((incoming, response) => served(incoming, response));
    const errors: unknown[] = [];
    const { runner, accounts } = await follow(url, (error) => errors.push(error));
    runner.start();
    await runner.waitFor(["balances"], 120, { timeoutMs: 20_000 });
    served = createLogServer(after.notificationLog).listeners("request")[0] as RequestListener;
    await expect.poll(accounts, { timeout: 60_000, interval: 100 }).toEqual([{ owner: "Ann", cents: 9 }]);
    expect(errors.at(-1)).toBeInstanceOf(EventLogMismatchError);
  });
});

describe("the two programs", () => {
  const start = async (...words: string[]) => {
    const child = spawn(process.execPath, ["--import", "tsx", ...words], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    cleanUp.push(() => end(child));
    let output = "";
    const listeners = new Set<() => void>();
    child.stdout.on("data", (chunk) => {
      output += chunk;
      for (const listener of listeners) listener();
    });
    const prints = (text: string) =>
      new Promise<string>((resolve, reject) => {
        const check = () => output.includes(text) && resolve(output);
        listeners.add(check);
        child.once("exit", () => reject(new Error(`It ended after printing: ${output}`)));
        check();
      });
    return { child, prints };
  };
  const end = async (child: ChildProcess, signal: NodeJS.Signals = "SIGKILL") => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  };

  it("count each event once although both are killed", async () => {
    const folder = await newFolder();
    const database = join(folder, "bank.db");
    const views = join(folder, "views.db");
    const bank = new Bank({ recorder: await sqliteRecorder({ path: database }) });
    cleanUp.push(() => bank.close());
    const ann = await bank.open("Ann");
    await bank.deposit(ann, 1);

    const server = await start("serve.ts", database);
    const url = /http:\S+/.exec(await server.prints("/\n"))?.[0] ?? "";
    const follower = await start("follow.ts", url, views);
    await follower.prints('"cents":1}');
    await end(follower.child);
    await bank.deposit(ann, 10);

    const second = await start("follow.ts", url, views);
    await second.prints('"cents":11}');
    await end(server.child);
    await bank.deposit(ann, 100);
    const restarted = await start("serve.ts", database, new URL(url).port);
    await restarted.prints("/\n");
    await second.prints('"cents":111}');
    await end(second.child, "SIGTERM");
    await end(restarted.child, "SIGTERM");
    expect([second.child.exitCode, restarted.child.exitCode]).toEqual([0, 0]);
  });
});
