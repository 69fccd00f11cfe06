import { AggregateNotFoundError, InvalidEventDataError } from "@palimpsest/eventsourcing";
import { specification } from "@palimpsest/eventsourcing/specification";
import { describe, expect, it } from "vitest";
import { onEachRecorder } from "../../test/recorders.ts";
import { Booking } from "./application.ts";
import {
  Booked,
  Cargo,
  DestinationChanged,
  type Handling,
  HandlingRefusedError,
  HandlingRegistered,
  type Itinerary,
  RouteAssigned,
  RouteRefusedError,
} from "./domain.ts";

const deadline = new Date("2030-01-15T00:00:00Z");

onEachRecorder("cargo shipping", (create) => {
  it("ships a cargo from Hongkong to Stockholm, although it is unloaded in Tokyo by mistake", async () => {
    const booking = new Booking({ recorder: await create() });
    const id = await booking.book("HONGKONG", "STOCKHOLM", deadline);
    const cargo = () => booking.cargo(id);
    const route = async () => {
      const [preferred = []] = await booking.possibleRoutes(id);
      await booking.assignRoute(id, preferred);
    };
    const handle = async (handling: Handling) => {
      await booking.registerHandling(id, handling);
      const { transportStatus, isMisdirected, nextActivity } = await cargo();
      return { transportStatus, isMisdirected, nextActivity };
    };
    expect(await cargo()).toMatchObject({
      transportStatus: "NOT_RECEIVED",
      routingStatus: "NOT_ROUTED",
      isMisdirected: false,
      estimatedArrival: null,
      nextActivity: undefined,
    });

    await route();
    const routed = await cargo();
    expect(routed.routingStatus).toBe("ROUTED");
    expect(routed.nextActivity).toEqual({ activity: "RECEIVE", location: "HONGKONG" });
    expect(Number(routed.estimatedArrival) - Number(routed.modifiedAt)).toBe(13 * 86_400_000);

    expect(await handle({ activity: "RECEIVE", location: "HONGKONG" })).toEqual({
      transportStatus: "IN_PORT",
      isMisdirected: false,
      nextActivity: { activity: "LOAD", location: "HONGKONG", voyage: "V1" },
    });
    expect(await handle({ activity: "LOAD", location: "HONGKONG", voyage: "V1" })).toEqual({
      transportStatus: "ONBOARD_CARRIER",
      isMisdirected: false,
      nextActivity: { activity: "UNLOAD", location: "NEWYORK", voyage: "V1" },
    });
    expect((await cargo()).currentVoyage).toBe("V1");
    expect(await booking.possibleRoutes(id)).toEqual([]);

    expect(await handle({ activity: "UNLOAD", location: "TOKYO", voyage: "V1" })).toEqual({
      transportStatus: "IN_PORT",
      isMisdirected: true,
      nextActivity: undefined,
    });
    await route();
    expect(await cargo()).toMatchObject({
      isMisdirected: false,
      nextActivity: { activity: "LOAD", location: "TOKYO", voyage: "V3" },
    });

    await handle({ activity: "LOAD", location: "TOKYO", voyage: "V3" });
    expect(await handle({ activity: "UNLOAD", location: "HAMBURG", voyage: "V3" })).toMatchObject({
      nextActivity: { activity: "LOAD", location: "HAMBURG", voyage: "V4" },
    });
    await handle({ activity: "LOAD", location: "HAMBURG", voyage: "V4" });
    expect(await handle({ activity: "UNLOAD", location: "STOCKHOLM", voyage: "V4" })).toMatchObject({
      nextActivity: { activity: "CLAIM", location: "STOCKHOLM" },
    });
    expect(await handle({ activity: "CLAIM", location: "STOCKHOLM" })).toEqual({
      transportStatus: "CLAIMED",
      isMisdirected: false,
      nextActivity: undefined,
    });
    expect((await cargo()).version).toBe(11);
  });

  it("changes the destination, which makes an assigned route wrong", async () => {
    const booking = new Booking({ recorder: await create() });
    const id = await booking.book("HONGKONG", "STOCKHOLM", deadline);
    const [route = []] = await booking.possibleRoutes(id);
    await booking.assignRoute(id, route);
    await booking.changeDestination(id, "AUMEL");
    expect(await booking.cargo(id)).toMatchObject({
      destination: "AUMEL",
      deadline,
      routingStatus: "MISROUTED",
    });
    expect(await booking.possibleRoutes(id)).toEqual([]);
  });

  it("shows a cargo as it was at an earlier time", async () => {
    const booking = new Booking({ recorder: await create() });
    const id = await booking.book("NLRTM", "USDAL", deadline);
    const { recordedAt } = await booking.cargo(id);
    const booked = recordedAt?.last as Date;
    while (Date.now() <= booked.getTime() + 1) await new Promise(setImmediate);
    await booking.changeDestination(id, "AUMEL");
    expect((await booking.cargo(id, booked)).destination).toBe("USDAL");
    expect((await booking.cargo(id)).destination).toBe("AUMEL");
  });

  it("rejects unknown cargos and places", async () => {
    const booking = new Booking({ recorder: await create() });
    const unknown = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
    await expect(booking.changeDestination(unknown, "AUMEL")).rejects.toThrow(AggregateNotFoundError);
    await expect(booking.book("ATLANTIS" as never, "AUMEL", deadline)).rejects.toThrow(InvalidEventDataError);
    await expect(booking.book("NLRTM", "AUMEL", new Date(Number.NaN))).rejects.toThrow(InvalidEventDataError);
    expect(await booking.notificationLog.maxId()).toBe(0);
  });
});

describe("a cargo", () => {
  const given = specification(Cargo);
  const booked = Booked({ origin: "TOKYO", destination: "STOCKHOLM", deadline });
  const itinerary: Itinerary = [
    { origin: "TOKYO", destination: "HAMBURG", voyage: "V3", days: 8 },
    { origin: "HAMBURG", destination: "STOCKHOLM", voyage: "V4", days: 1 },
  ];
  const routed = RouteAssigned({ itinerary });
  const handled = (handling: Handling) => HandlingRegistered({ handling });

  it("is booked", () => {
    given()
      .when(() => Cargo.create({ origin: "TOKYO", destination: "STOCKHOLM", deadline }))
      .then(booked);
  });

  it("takes a route from where it is to its destination", () => {
    given(booked)
      .when((cargo) => cargo.assignRoute({ itinerary }))
      .then(routed);
    given(booked, DestinationChanged({ destination: "AUMEL" }))
      .when((cargo) => cargo.assignRoute({ itinerary }))
      .throws(RouteRefusedError);
    given(booked)
      .when((cargo) => cargo.assignRoute({ itinerary: itinerary.slice(1) }))
      .throws(RouteRefusedError);
    given(booked, routed, handled({ activity: "LOAD", location: "TOKYO", voyage: "V3" }))
      .when((cargo) => cargo.assignRoute({ itinerary }))
      .throws(RouteRefusedError);
    given(booked)
      .when((cargo) => cargo.assignRoute({ itinerary: [] }))
      .throws(InvalidEventDataError);
  });

  it("is not handled before it has a route, nor after the claim", () => {
    const receive: Handling = { activity: "RECEIVE", location: "TOKYO" };
    given(booked)
      .when((cargo) => cargo.registerHandling({ handling: receive }))
      .throws(HandlingRefusedError);
    given(booked, routed)
      .when((cargo) => cargo.registerHandling({ handling: receive }))
      .then(handled(receive));
    given(booked, routed, handled({ activity: "CLAIM", location: "STOCKHOLM" }))
      .when((cargo) => cargo.registerHandling({ handling: receive }))
      .throws(HandlingRefusedError);
  });

  it("is loaded onto a voyage and unloaded from one", () => {
    const handling = { activity: "LOAD", location: "TOKYO" } as Handling;
    given(booked, routed)
      .when((cargo) => cargo.registerHandling({ handling }))
      .throws(InvalidEventDataError);
  });
});
