export type { RecorderContractCase, RecorderPromise, RecorderUnderTest } from "./contract-case.ts";
export {
  type RecorderContractOptions,
  recorderContract,
  recorderContractCases,
} from "./recorder-contract.ts";
export { type SumsBackend, sqlSums } from "./sample-view.ts";
export type { TestRunner } from "./test-runner.ts";
export type { ViewStoreCase, ViewStoreUnderTest } from "./view-contract/view-case.ts";
export {
  type ViewStoreContractOptions,
  viewStoreContract,
  viewStoreContractCases,
} from "./view-store-contract.ts";
