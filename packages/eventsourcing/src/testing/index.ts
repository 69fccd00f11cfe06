export type { RecorderContractCase, RecorderPromise, RecorderUnderTest } from "./contract-case.ts";
export { recorderContract, recorderContractCases } from "./recorder-contract.ts";
export type { SumsBackend } from "./sample-view.ts";
export {
  type Decision,
  type DecisionOutcome,
  type GivenEvents,
  type Specification,
  specification,
} from "./specification.ts";
export type { ViewStoreCase, ViewStoreUnderTest } from "./view-contract/view-case.ts";
export { viewStoreContract, viewStoreContractCases } from "./view-store-contract.ts";
