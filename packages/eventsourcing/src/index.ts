export {
  Aggregate,
  type AggregateBase,
  type AggregateConstructor,
  type AggregateDefinition,
  type AggregateState,
  aggregate,
  type Changes,
  event,
} from "./aggregate.ts";
export { Application, type ApplicationOptions, type Saveable } from "./application.ts";
export { Cipher, type CipherKey, parseCipherKeys } from "./cipher.ts";
export type { Compression } from "./compressor.ts";
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
  type Occurrence,
  type ReplayedEvent,
  type ShapeData,
  type Upcast,
} from "./event.ts";
export { EventSourcedLog } from "./event-sourced-log.ts";
export { EventStore, type Recording } from "./event-store.ts";
export { Mapper, type MapperOptions } from "./mapper.ts";
export { NotificationLog, NotificationLogReader } from "./notification-log.ts";
export { type PlainAggregate, plainAggregate } from "./plain-aggregate.ts";
export { ProcessApplication } from "./process-application.ts";
export { ProcessRunner, type ProcessRunnerOptions, type ProcessStatus } from "./process-runner.ts";
export {
  type AnyProjection,
  type Place,
  type ProjectedEvent,
  type Projection,
  projection,
} from "./projection.ts";
export { ProjectionRunner, type ProjectionRunnerOptions, type RebuildProgress } from "./projection-runner.ts";
export type { NextStatus, ProjectionStatus } from "./projection-status.ts";
export {
  type AggregateRecorder,
  type ApplicationRecorder,
  MAX_STATE_BYTES,
  type Notification,
  type NotificationRange,
  type Placement,
  type ProcessRecorder,
  type Recorder,
  type SnapshotRecorder,
  type StoredEvent,
  type StoredSnapshot,
  type Tracking,
  type UnrecordedEvent,
  type VersionRange,
} from "./recorder.ts";
export { type GetOptions, Repository, type RepositoryOptions } from "./repository.ts";
export { Snapshots } from "./snapshot.ts";
export type { SubscriptionOptions } from "./subscription.ts";
export { JsonTranscoder, type Transcoding } from "./transcoder.ts";
export { NAMESPACE_URL, uuid5 } from "./uuid.ts";
export {
  ChangeRefusedError,
  type Generation,
  GenerationGoneError,
  type Lease,
  LeaseLostError,
  type PoisonousEvent,
  type SqlValue,
  type SqlViewStore,
  type Statement,
  type TableName,
  type ViewDefinition,
  ViewOfOtherEventsError,
  type ViewStore,
  type ViewWrite,
} from "./view-store.ts";
export { ViewBehindError } from "./view-waiting.ts";
