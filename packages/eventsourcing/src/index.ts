export {
  Aggregate,
  type AggregateBase,
  type AggregateConstructor,
  type AggregateDefinition,
  type AggregateState,
  aggregate,
  type Changes,
  event,
} from "./aggregates/aggregate.ts";
export { type PlainAggregate, plainAggregate } from "./aggregates/plain-aggregate.ts";
export { Application, type ApplicationOptions, type Saveable } from "./application/application.ts";
export { EventSourcedLog } from "./application/event-sourced-log.ts";
export { EventStore, type Recording } from "./application/event-store.ts";
export { type GetOptions, Repository, type RepositoryOptions } from "./application/repository.ts";
export { Snapshots } from "./application/snapshots.ts";
export { asUser, type Context, currentContext, currentUserId, withContext } from "./context.ts";
export {
  AggregateDeadError,
  AggregateNotFoundError,
  CodedError,
  DatabaseRefusedError,
  EventAlreadyRecordedError,
  EventVersionUnknownError,
  InvalidArgumentError,
  InvalidEventDataError,
  LimitExceededError,
  OutcomeUnknownError,
  ProgrammingError,
  RecorderClosedError,
  RecorderError,
  TrackingConflictError,
  UnknownTopicError,
  UnreadableStateError,
  VersionConflictError,
} from "./errors.ts";
export { Cipher, type CipherKey, parseCipherKeys } from "./events/cipher.ts";
export type { Compression } from "./events/compressor.ts";
export {
  type DataOf,
  type DataShape,
  type DomainEvent,
  type EventDefinition,
  type EventFamily,
  type EventOf,
  type EventType,
  type EventTypeOptions,
  eventFamily,
  type LogEntry,
  type NewEvent,
  type ReplayedEvent,
  type ShapeData,
  type Upcast,
} from "./events/event.ts";
export { Mapper, type MapperOptions } from "./events/mapper.ts";
export { JsonTranscoder, type Transcoding } from "./events/transcoder.ts";
export { ProcessApplication } from "./process/process-application.ts";
export { ProcessRunner, type ProcessRunnerOptions, type ProcessStatus } from "./process/process-runner.ts";
export {
  type AnyProjection,
  type EventPosition,
  type ProjectedEvent,
  type Projection,
  projection,
} from "./projections/projection.ts";
export {
  ProjectionRunner,
  type ProjectionRunnerOptions,
  type RebuildProgress,
} from "./projections/projection-runner.ts";
export type { NextStatus, ProjectionStatus } from "./projections/projection-status.ts";
export {
  ChangeRefusedError,
  EventLogMismatchError,
  type FailedEvent,
  type Generation,
  GenerationGoneError,
  type Lease,
  LeaseLostError,
  type SqlValue,
  type SqlViewStore,
  type Statement,
  type TableName,
  type ViewDefinition,
  type ViewStore,
  type ViewWrite,
} from "./projections/view-store.ts";
export { ViewBehindError } from "./projections/view-waiter.ts";
export { NotificationLog, NotificationLogReader } from "./recorder/notification-log.ts";
export {
  type AggregateRecorder,
  type AppendResult,
  type ApplicationRecorder,
  MAX_STATE_BYTES,
  type Notification,
  type NotificationRange,
  type ProcessRecorder,
  type Recorder,
  type SnapshotRecorder,
  type StoredEvent,
  type StoredSnapshot,
  type Tracking,
  type UnrecordedEvent,
  type VersionRange,
} from "./recorder/recorder.ts";
export type { SubscriptionOptions } from "./recorder/subscription.ts";
export { NAMESPACE_URL, uuid5 } from "./uuid.ts";
