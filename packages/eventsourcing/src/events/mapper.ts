import {
  CodedError,
  EventVersionUnknownError,
  InvalidEventDataError,
  LimitExceededError,
  messageOf,
  ProgrammingError,
  UnknownTopicError,
  UnreadableStateError,
} from "../errors.ts";
import { MAX_STATE_BYTES, type StoredEvent, type UnrecordedEvent } from "../recorder/recorder.ts";
import { Cipher } from "./cipher.ts";
import {
  type Compression,
  type Compressor,
  compress,
  compressAsync,
  decompress,
  decompressAsync,
} from "./compressor.ts";
import type { DomainEvent, EventType, LogEntry } from "./event-type.ts";
import { issuesOf } from "./shape.ts";
import { JsonTranscoder, type Transcoder } from "./transcoder.ts";

/** The stored form of a domain event, short because there is one per event. Fields that are undefined are not stored. */
interface EventState {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The event type's version; absent for 1. */
  readonly v?: number | undefined;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly data: Record<string, unknown>;
}

/** How states become bytes. */
export interface MapperOptions {
  /** Turns states into text and back (a `JsonTranscoder`). */
  readonly transcoder?: Transcoder;
  /** How states are compressed ("none"). */
  readonly compression?: Compression;
  /** Compressors that stored states may need to be read, beside gzip and `compression`. */
  readonly compressors?: readonly Compressor[];
  /** Encrypts states (none). */
  readonly cipher?: Cipher;
}

/**
 * Turns domain events and other state into bytes and back. It writes by transcoding, compressing and encrypting; it
 * reads by the opposite, then upcasts and validates. Each stored state says by its first bytes how it was compressed and
 * encrypted, so it stays readable when the options change.
 */
export class Mapper {
  /** By topic, former topics included. */
  readonly #types: ReadonlyMap<string, EventType>;
  readonly #options: Required<Omit<MapperOptions, "compressors">>;
  readonly #compressors: readonly Compressor[];

  /** @throws ProgrammingError if two event types have one topic */
  constructor(eventTypes: readonly EventType[], options: MapperOptions = {}) {
    const types = new Map<string, EventType>();
    for (const type of eventTypes) {
      const twice = type.topics.find((topic) => types.has(topic) && types.get(topic) !== type);
      if (twice !== undefined) throw new ProgrammingError(`Two event types have the topic "${twice}".`);
      for (const topic of type.topics) types.set(topic, type);
    }
    this.#types = types;
    const { compression = "none", compressors = [] } = options;
    const { transcoder = new JsonTranscoder(), cipher = new Cipher([]) } = options;
    this.#options = { transcoder, compression, cipher };
    this.#compressors = typeof compression === "string" ? compressors : [compression, ...compressors];
  }

  /** Whether events stored under `topic` can be read. */
  hasType(topic: string): boolean {
    return this.#types.has(topic);
  }

  /** @throws UnknownTopicError, LimitExceededError */
  toStoredEvent(event: DomainEvent | LogEntry): UnrecordedEvent {
    const named = namedEvent(event);
    return { ...named, state: this.pack(this.#stateOf(event), contextOf(named)) };
  }

  /** Resolves to what `toStoredEvent` returns, without blocking the event loop for long if the event is large. */
  async toStoredEventAsync(event: DomainEvent | LogEntry): Promise<UnrecordedEvent> {
    const named = namedEvent(event);
    return { ...named, state: await this.packAsync(this.#stateOf(event), contextOf(named)) };
  }

  #stateOf(event: DomainEvent | LogEntry): EventState {
    const { version } = this.#typeOf(event.type);
    return {
      at: event.timestamp.getTime(),
      v: version === 1 ? undefined : version,
      correlationId: event.correlationId,
      causationId: event.causationId,
      data: event.data as Record<string, unknown>,
    };
  }

  /**
   * Reads a stored event, or a notification.
   * @throws UnknownTopicError, EventVersionUnknownError, InvalidEventDataError, UnreadableStateError
   */
  toDomainEvent(stored: StoredEvent): DomainEvent {
    const type = this.#typeOf(stored.topic);
    return domainEvent(type, stored, this.unpack(stored.state, contextOf(stored), isEventState));
  }

  /** Resolves to what `toDomainEvent` returns, without blocking the event loop for long if the event is large. */
  async toDomainEventAsync(stored: StoredEvent): Promise<DomainEvent> {
    const type = this.#typeOf(stored.topic);
    return domainEvent(type, stored, await this.unpackAsync(stored.state, contextOf(stored), isEventState));
  }

  #typeOf(topic: string): EventType {
    const type = this.#types.get(topic);
    if (type === undefined) throw new UnknownTopicError(topic);
    return type;
  }

  /**
   * Returns `value` as bytes: transcoded, compressed and encrypted. `context` names the event or snapshot; a cipher
   * binds the bytes to it, so that they cannot be moved to another one.
   * @throws LimitExceededError
   */
  pack(value: object, context: string): Uint8Array {
    return this.#encrypt(compress(this.#encode(value), this.#options.compression), context);
  }

  /** Resolves to what `pack` returns. Compresses large values in a thread. */
  async packAsync(value: object, context: string): Promise<Uint8Array> {
    return this.#encrypt(await compressAsync(this.#encode(value), this.#options.compression), context);
  }

  #encode(value: object): Uint8Array {
    return Buffer.from(this.#options.transcoder.encode(value));
  }

  #encrypt(compressed: Uint8Array, context: string): Uint8Array {
    const bytes = this.#options.cipher.encrypt(compressed, context);
    if (bytes.length > MAX_STATE_BYTES) {
      throw new LimitExceededError(`bytes of state of ${context}`, bytes.length, MAX_STATE_BYTES);
    }
    return bytes;
  }

  /**
   * Returns the value that was passed to `pack`.
   * @throws UnreadableStateError when the bytes are damaged, or `fits` does not accept their value
   */
  unpack<State>(bytes: Uint8Array, context: string, fits: (value: unknown) => value is State): State {
    try {
      const decrypted = this.#options.cipher.decrypt(bytes, context);
      return this.#decode(decompress(decrypted, this.#compressors), context, fits);
    } catch (error) {
      throw asUnreadable(error, context);
    }
  }

  /** Resolves to what `unpack` returns. Decompresses large values in a thread. */
  async unpackAsync<State>(
    bytes: Uint8Array,
    context: string,
    fits: (value: unknown) => value is State,
  ): Promise<State> {
    try {
      const decrypted = this.#options.cipher.decrypt(bytes, context);
      return this.#decode(await decompressAsync(decrypted, this.#compressors), context, fits);
    } catch (error) {
      throw asUnreadable(error, context);
    }
  }

  #decode<State>(plain: Uint8Array, context: string, fits: (value: unknown) => value is State): State {
    const text = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString();
    const value = this.#options.transcoder.decode(text);
    if (fits(value)) return value;
    throw new UnreadableStateError(context, NOT_OURS);
  }
}

function domainEvent(type: EventType, stored: StoredEvent, state: EventState): DomainEvent {
  const { at, v = 1, data, correlationId, causationId } = state;
  if (v > type.version) throw new EventVersionUnknownError(type.topic, v, type.version);
  const current = upcast(type, v, data, contextOf(stored));
  const issues = issuesOf(type.topic, type.shape, current, "read");
  if (issues.length > 0)
    throw new InvalidEventDataError(type.topic, issues, { eventId: stored.eventId, version: v });
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

function namedEvent({
  id,
  originatorId,
  originatorVersion,
  type,
}: DomainEvent | LogEntry): Omit<UnrecordedEvent, "state"> {
  return { eventId: id, originatorId, originatorVersion, topic: type };
}

/** Returns the name of an event, to which a cipher binds its bytes. */
function contextOf({ topic, eventId }: Pick<UnrecordedEvent, "topic" | "eventId">): string {
  return `${topic} ${eventId}`;
}

function asUnreadable(error: unknown, context: string): CodedError {
  return error instanceof CodedError ? error : new UnreadableStateError(context, NOT_OURS, error);
}

/** Brings data of version `from` up to date. @throws UnreadableStateError if an upcast fails */
function upcast(
  { topic, upcasts }: EventType,
  from: number,
  data: Record<string, unknown>,
  context: string,
): Record<string, unknown> {
  let current = data;
  for (const [index, next] of upcasts.slice(from - 1).entries()) {
    const step = `the upcast of ${topic} from version ${from + index}`;
    let result: unknown;
    try {
      result = next(current);
    } catch (error) {
      throw new UnreadableStateError(context, `${step} failed: ${messageOf(error)}`, error);
    }
    if (!isObject(result) || result instanceof Promise)
      throw new UnreadableStateError(context, `${step} must return the data of the next version at once.`);
    current = result;
  }
  return current;
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
