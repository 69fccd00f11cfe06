import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { asUser, currentContext, currentUserId, withContext } from "./context.ts";

describe("the ambient context", () => {
  it("has no user by default", () => {
    expect(currentUserId()).toBeNull();
    expect(currentContext()).toEqual({ userId: null });
  });

  it("is restored after the work, also if it throws or is nested", () => {
    const seen = asUser("outer", () => [currentUserId(), asUser("inner", currentUserId), currentUserId()]);
    expect(seen).toEqual(["outer", "inner", "outer"]);
    expect(() =>
      asUser("outer", () => {
        throw new Error("on purpose");
      }),
    ).toThrow("on purpose");
    expect(currentUserId()).toBeNull();
  });

  it("keeps the fields that are not changed", () => {
    const inner = withContext({ userId: "a", correlationId: "c" }, () =>
      withContext({ causationId: "e" }, () => asUser("b", currentContext)),
    );
    expect(inner).toEqual({ userId: "b", correlationId: "c", causationId: "e" });
  });

  it("is separate for concurrent work, across awaits", async () => {
    const users = Array.from({ length: 20 }, (_, index) => `user ${index}`);
    const seen = await Promise.all(
      users.map((user, index) =>
        asUser(user, async () => {
          await pause(index % 3);
          const before = currentUserId();
          await asUser("someone else", () => pause(1));
          return [before, currentUserId()];
        }),
      ),
    );
    expect(seen).toEqual(users.map((user) => [user, user]));
  });

  it("is that of the consumer in an async generator, unless the generator enters its own", async () => {
    async function* consumers() {
      yield currentUserId();
      await pause(1);
      yield currentUserId();
    }
    async function* own() {
      yield await asUser("system", async () => currentUserId());
    }
    const [generator, system] = asUser("whoever made it", () => [consumers(), own()] as const);
    expect((await asUser("first", () => generator.next())).value).toBe("first");
    expect((await asUser("second", () => generator.next())).value).toBe("second");
    expect((await asUser("third", () => system.next())).value).toBe("system");
  });
});
