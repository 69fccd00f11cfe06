import { aggregate, CodedError, type DataOf, event, eventFamily } from "@palimpsest/eventsourcing";
import { z } from "zod";

const location = z.enum(["AUMEL", "HAMBURG", "HONGKONG", "NEWYORK", "NLRTM", "STOCKHOLM", "TOKYO", "USDAL"]);
export type Location = z.infer<typeof location>;

const voyage = z.string().min(1);
const itinerary = z
  .array(z.object({ origin: location, destination: location, voyage, days: z.int().positive() }))
  .min(1);
export type Itinerary = z.infer<typeof itinerary>;

const handling = z.discriminatedUnion("activity", [
  z.object({ activity: z.enum(["RECEIVE", "CLAIM"]), location }),
  z.object({ activity: z.enum(["LOAD", "UNLOAD"]), location, voyage }),
]);
export type Handling = z.infer<typeof handling>;

export const { Booked, DestinationChanged, RouteAssigned, HandlingRegistered } = eventFamily("Cargo", {
  Booked: { origin: location, destination: location, deadline: z.date() },
  DestinationChanged: { destination: location },
  RouteAssigned: { itinerary },
  HandlingRegistered: { handling },
});

export class RouteRefusedError extends CodedError {
  readonly code = "route-refused";
}

export class HandlingRefusedError extends CodedError {
  readonly code = "handling-refused";
}

const STATUS = { RECEIVE: "IN_PORT", LOAD: "ONBOARD_CARRIER", UNLOAD: "IN_PORT", CLAIM: "CLAIMED" } as const;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** Is sent from its origin to its destination. Its events are facts; what follows from them is computed. */
export class Cargo extends aggregate(Booked) {
  itinerary: Itinerary = [];
  estimatedArrival: Date | null = null;
  lastHandling: Handling | null = null;

  @event(DestinationChanged)
  changeDestination({ destination }: DataOf<typeof DestinationChanged>) {
    this.requireUnclaimed();
    this.destination = destination;
  }

  @event(RouteAssigned)
  assignRoute({ itinerary }: DataOf<typeof RouteAssigned>) {
    this.requireUnclaimed();
    const [from, to] = [itinerary[0]?.origin, itinerary.at(-1)?.destination];
    this.ensure(
      from === this.port && to === this.destination,
      () =>
        new RouteRefusedError(
          `The route leads from ${from} to ${to}; the cargo is ${this.port ? `in ${this.port}` : "on a voyage"} and goes to ${this.destination}.`,
        ),
    );
    this.itinerary = itinerary;
    const days = itinerary.reduce((sum, leg) => sum + leg.days, 0);
    this.estimatedArrival = new Date(this.modifiedAt.getTime() + days * DAY_MS);
  }

  @event(HandlingRegistered)
  registerHandling({ handling }: DataOf<typeof HandlingRegistered>) {
    this.requireUnclaimed();
    this.ensure(
      this.routingStatus !== "NOT_ROUTED",
      () => new HandlingRefusedError(`Cargo ${this.id} has no route yet.`),
    );
    this.lastHandling = handling;
  }

  get transportStatus() {
    return this.lastHandling === null ? "NOT_RECEIVED" : STATUS[this.lastHandling.activity];
  }

  get routingStatus() {
    if (this.itinerary.length === 0) return "NOT_ROUTED";
    return this.itinerary.at(-1)?.destination === this.destination ? "ROUTED" : "MISROUTED";
  }

  /** The port it is in; undefined while it is on a voyage. */
  get port(): Location | undefined {
    if (this.lastHandling === null) return this.origin;
    return this.lastHandling.activity === "LOAD" ? undefined : this.lastHandling.location;
  }

  get currentVoyage() {
    return this.lastHandling?.activity === "LOAD" ? this.lastHandling.voyage : undefined;
  }

  /** What the itinerary expects next; undefined without one, after the claim, and if the cargo has left its route. */
  get nextActivity(): Handling | undefined {
    const last = this.lastHandling;
    if (this.itinerary.length === 0 || last?.activity === "CLAIM") return undefined;
    if (last === null) return { activity: "RECEIVE", location: this.origin };
    const { location } = last;
    if (last.activity === "LOAD") {
      const leg = this.itinerary.find(({ origin, voyage }) => origin === location && voyage === last.voyage);
      return leg && { activity: "UNLOAD", location: leg.destination, voyage: leg.voyage };
    }
    if (last.activity === "UNLOAD" && location === this.destination) return { activity: "CLAIM", location };
    const leg = this.itinerary.find(({ origin }) => origin === location);
    return leg && { activity: "LOAD", location, voyage: leg.voyage };
  }

  get isMisdirected() {
    return this.itinerary.length > 0 && this.transportStatus !== "CLAIMED" && this.nextActivity === undefined;
  }

  protected requireUnclaimed() {
    this.ensure(
      this.transportStatus !== "CLAIMED",
      () => new HandlingRefusedError(`Cargo ${this.id} has been claimed.`),
    );
  }
}
