import {
  CodedError,
  EventVersionUnknownError,
  LimitExceededError,
  ProgrammingError,
  UnknownTopicError,
  UnreadableStateError,
} from "../errors.ts";
import { MAX_STATE_BYTES, type StoredEvent, type UnrecordedEvent } from "../recorder/recorder.ts";
import type { Cipher } from "./cipher.ts";
import { type Compression, compress, decompress } from "./compressor.ts";
import { type DomainEvent, type EventType, type LogEntry, validateData } from "./event.ts";
import type { JsonTranscoder } from "./transcoder.ts";

/** The stored form of a domain event, short because there is one per event. */
interface EventState {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The event type's version; absent for 1. */
  readonly v?: number;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly data: Record<string, unknown>;
}

/** How states become bytes. */
export interface MapperOptions {
  readonly transcoder: JsonTranscoder;
  readonly compression: Compression;
  readonly cipher: Cipher;
}

/**
 * Turns domain events and aggregate states into bytes and back. Writing: transcode, compress, encrypt; reading:
 * decrypt, decompress, transcode, upcast, validate. (Data is validated when it is triggered.) Each stored state
 * says by itself how it was compressed and encrypted, so changing the options leaves everything readable.
 */
export class Mapper {
  readonly #types: ReadonlyMap<string, EventType>;
  readonly #options: MapperOptions;

  constructor(eventTypes: readonly EventType[], options: MapperOptions) {
    this.#types = new Map(eventTypes.map((type) => [type.topic, type]));
    const twice = eventTypes.find((type) => this.#types.get(type.topic) !== type);
    if (twice !== undefined) throw new ProgrammingError(`Two event types have the topic "${twice.topic}".`);
    this.#options = options;
  }

  /** @throws UnknownTopicError, LimitExceededError */
  toStoredEvent(event: DomainEvent | LogEntry): UnrecordedEvent {
    const { version } = this.#typeOf(event.type);
    const state: EventState = {
      at: event.timestamp.getTime(),
      ...(version === 1 ? {} : { v: version }),
      ...(event.correlationId === undefined ? {} : { correlationId: event.correlationId }),
      ...(event.causationId === undefined ? {} : { causationId: event.causationId }),
      data: event.data as Record<string, unknown>,
    };
    return {
      eventId: event.id,
      originatorId: event.originatorId,
      originatorVersion: event.originatorVersion,
      topic: event.type,
      state: this.pack(state, `${event.type} ${event.id}`),
    };
  }

  /**
   * Reads a stored event, or a notification.
   * @throws UnknownTopicError, EventVersionUnknownError, InvalidEventDataError, UnreadableStateError
   */
  toDomainEvent(stored: StoredEvent): DomainEvent {
    const type = this.#typeOf(stored.topic);
    const context = `${stored.topic} ${stored.eventId}`;
    const {
      at,
      v = 1,
      data,
      correlationId,
      causationId,
    } = this.unpack<EventState>(stored.state, context, isEventState);
    if (v > type.version) throw new EventVersionUnknownError(type.topic, v, type.version);
    const current = type.upcasts.slice(v - 1).reduce((older, upcast) => upcast(older), data);
    validateData(type, current);
    return Object.freeze({
      id: stored.eventId,
      type: type.topic,
      originatorId: stored.originatorId,
      originatorVersion: stored.originatorVersion,
      timestamp: new Date(at),
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(causationId === undefined ? {} : { causationId }),
      data: current,
    });
  }

  #typeOf(topic: string): EventType {
    const type = this.#types.get(topic);
    if (type === undefined) throw new UnknownTopicError(topic);
    return type;
  }

  /**
   * Returns `value` as bytes: transcoded, compressed and encrypted. `context` names what they are the state of; a
   * cipher binds them to it, so that they cannot be moved elsewhere.
   * @throws LimitExceededError
   */
  pack(value: object, context: string): Uint8Array {
    const { transcoder, compression, cipher } = this.#options;
    const bytes = cipher.encrypt(compress(Buffer.from(transcoder.encode(value)), compression), context);
    if (bytes.length > MAX_STATE_BYTES) {
      throw new LimitExceededError(`bytes of state of ${context}`, bytes.length, MAX_STATE_BYTES);
    }
    return bytes;
  }

  /**
   * Returns what `pack` was given.
   * @throws UnreadableStateError when the bytes are damaged, or `fits` does not accept their value
   */
  unpack<State>(bytes: Uint8Array, context: string, fits: (value: unknown) => value is State): State {
    const { transcoder, cipher } = this.#options;
    try {
      const plain = decompress(cipher.decrypt(bytes, context));
      const value = transcoder.decode(
        Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString(),
      );
      if (fits(value)) return value;
    } catch (error) {
      if (error instanceof CodedError) throw error;
      throw new UnreadableStateError(context, NOT_OURS, error);
    }
    throw new UnreadableStateError(context, NOT_OURS);
  }
}

const NOT_OURS = "it is not what this program writes.";

function isEventState(value: unknown): value is EventState {
  if (!isObject(value) || !isObject(value.data)) return false;
  const { at, v = 1 } = value;
  return Number.isInteger(at) && Number.isInteger(v) && Number(v) >= 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
