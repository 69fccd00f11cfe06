export type { RecorderContractCase, RecorderPromise, RecorderUnderTest } from "./contract-case.ts";
export { recorderContract, recorderContractCases } from "./recorder-contract.ts";
