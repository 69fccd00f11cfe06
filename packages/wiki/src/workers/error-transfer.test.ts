import { CodedError } from "@palimpsest/eventsourcing";
import { describe, expect, it } from "vitest";
import { DiffMismatchError } from "../content/diff.ts";
import { problemOf } from "../http/errors.ts";
import { restoreError, transferError } from "./error-transfer.ts";
import { ServerBusyError } from "./errors.ts";

const transferred = (thrown: unknown) => restoreError(structuredClone(transferError(thrown)));

describe("an error that crosses threads", () => {
  it("keeps its class, message, stack and fields", () => {
    const error = new DiffMismatchError("it was created from another text", "00000001", "00000002");
    const restored = transferred(error);
    expect(restored).toBeInstanceOf(DiffMismatchError);
    expect(restored).toEqual(error);
    expect(restored.stack).toBe(error.stack);
    expect(Object.keys(restored)).toEqual(Object.keys(error));
  });

  it("stays a coded error if its class is not registered", () => {
    const restored = transferred(new ServerBusyError(3));
    expect(restored).toBeInstanceOf(CodedError);
    expect(problemOf(restored)).toEqual(problemOf(new ServerBusyError(3)));
  });

  it("becomes a plain error without a code", () => {
    expect(transferred(new RangeError("too large"))).toMatchObject({ message: "too large" });
    expect(transferred("text")).toMatchObject({ message: "text" });
  });
});
