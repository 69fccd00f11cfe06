import { describe, it } from "vitest";
import { memoryRecorderUnderTest } from "../../test/memory-subjects.ts";
import { recorderContract } from "../testing/recorder-contract.ts";

recorderContract("memory recorder", { describe, it, reopens: false }, memoryRecorderUnderTest);
