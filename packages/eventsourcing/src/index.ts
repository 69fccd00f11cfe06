export { Aggregate, type AggregateClass } from "./aggregates/aggregate.ts";
export { type AggregateBase, type AggregateOptions, aggregate, event } from "./aggregates/aggregate-class.ts";
export type {
  AggregateDefinition,
  AggregateState,
  Changes,
  RecordedAt,
} from "./aggregates/aggregate-state.ts";
export {
  type PlainAggregate,
  type PlainAggregateDeclaration,
  plainAggregate,
} from "./aggregates/plain-aggregate.ts";
export type { AggregateType, EventsOf, Loaded, Saveable } from "./application/aggregate-type.ts";
export {
  Application,
  type ApplicationBase,
  type ApplicationDeclaration,
  type ApplicationOptions,
  application,
} from "./application/application.ts";
export type { Attempt } from "./application/attempt.ts";
export { EventSourcedLog } from "./application/event-sourced-log.ts";
export { EventStore, type Recording } from "./application/event-store.ts";
export {
  type AggregateVersion,
  type GetOptions,
  type HistoryOptions,
  Repository,
} from "./application/repository.ts";
export { type SnapshotPolicy, Snapshots } from "./application/snapshots.ts";
export { asUser, type Context, currentContext, currentUserId, withContext } from "./context.ts";
export {
  AggregateDeadError,
  AggregateNotFoundError,
  ClockAheadError,
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
export type { Compression, Compressor } from "./events/compressor.ts";
export {
  type AmbientFields,
  type EventFamily,
  type EventFamilyOptions,
  type EventTypeDeclaration,
  type EventTypeOptions,
  type EventTypes,
  eventFamily,
  eventType,
  type FamilyEvent,
} from "./events/event-family.ts";
export type {
  DataOf,
  DomainEvent,
  EventDefinition,
  EventFamilyLike,
  EventOf,
  EventType,
  LogEntry,
  NewEvent,
  Upcast,
} from "./events/event-type.ts";
export { Mapper, type MapperOptions } from "./events/mapper.ts";
export type { DataShape, ShapeData } from "./events/shape.ts";
export { JsonTranscoder, type Transcoder, type Transcoding } from "./events/transcoder.ts";
export { KeyedMutex } from "./keyed-mutex.ts";
export {
  ProcessApplication,
  type ProcessApplicationBase,
  type ProcessDeclaration,
  processApplication,
} from "./process/process-application.ts";
export { ProcessRunner, type ProcessRunnerOptions, type Upstream } from "./process/process-runner.ts";
export type { ProcessStatus } from "./process/process-status.ts";
export { ProcessBehindError } from "./process/process-waiter.ts";
export { SequentialSystemRunner } from "./process/sequential-system-runner.ts";
export {
  type ApplicationClasses,
  type ApplicationsOf,
  type CheckedPipes,
  type Pipe,
  type System,
  system,
} from "./process/system.ts";
export { type PipeStatus, SystemRunner, type SystemRunnerOptions } from "./process/system-runner.ts";
export {
  type AnyProjection,
  type EventPosition,
  type ProjectedEvent,
  type Projection,
  projection,
} from "./projections/projection.ts";
export { ProjectionRunner, type ProjectionRunnerOptions } from "./projections/projection-runner.ts";
export type { NextStatus, ProjectionStatus } from "./projections/projection-status.ts";
export type { RebuildProgress } from "./projections/rebuild.ts";
export type { RemoteRunner, ReportedFailure } from "./projections/remote-runner.ts";
export { StopTimeoutError } from "./projections/runner-lifetime.ts";
export {
  ChangeRefusedError,
  EventLogMismatchError,
  GenerationGoneError,
  LeaseLostError,
  QueryTimeoutError,
} from "./projections/view-errors.ts";
export type {
  FailedEvent,
  Generation,
  Lease,
  ReadOptions,
  SqlValue,
  SqlViewStore,
  Statement,
  TableName,
  ViewDefinition,
  ViewStore,
  ViewWrite,
} from "./projections/view-store.ts";
export { ViewBehindError } from "./projections/view-waiter.ts";
export type { ClockOptions } from "./recorder/clock-guard.ts";
export { NotificationLog, NotificationLogReader } from "./recorder/notification-log.ts";
export {
  type AggregateRecorder,
  type AppendResult,
  type ApplicationRecorder,
  type ClockStatus,
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
export { EventLoopYielder } from "./yielding.ts";
