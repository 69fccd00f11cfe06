export type { RecorderContractCase, RecorderPromise, RecorderUnderTest } from "./contract-case.ts";
export { recorderContract, recorderContractCases } from "./recorder-contract.ts";
export {
  type Decision,
  type DecisionOutcome,
  type GivenEvents,
  type Specification,
  specification,
} from "./specification.ts";
