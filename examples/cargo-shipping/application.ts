import { application } from "@palimpsest/eventsourcing";
import { Cargo, type Handling, type Itinerary, type Location } from "./domain.ts";

const ROUTES: readonly Itinerary[] = [
  [
    { origin: "HONGKONG", destination: "NEWYORK", voyage: "V1", days: 9 },
    { origin: "NEWYORK", destination: "STOCKHOLM", voyage: "V2", days: 4 },
  ],
  [
    { origin: "TOKYO", destination: "HAMBURG", voyage: "V3", days: 8 },
    { origin: "HAMBURG", destination: "STOCKHOLM", voyage: "V4", days: 1 },
  ],
];

export class Booking extends application({ aggregates: [Cargo] }) {
  async book(origin: Location, destination: Location, deadline: Date) {
    const cargo = Cargo.create({ origin, destination, deadline });
    await this.save(cargo);
    return cargo.id;
  }

  /** Resolves to the cargo, or to what it was at an earlier time. */
  cargo(id: string, at?: Date) {
    return this.repository.get(Cargo, id, { at });
  }

  changeDestination(id: string, destination: Location) {
    return this.execute(Cargo, id, (cargo) => cargo.changeDestination({ destination }));
  }

  async possibleRoutes(id: string) {
    const { port, destination } = await this.cargo(id);
    return ROUTES.filter((legs) => legs[0]?.origin === port && legs.at(-1)?.destination === destination);
  }

  assignRoute(id: string, itinerary: Itinerary) {
    return this.execute(Cargo, id, (cargo) => cargo.assignRoute({ itinerary }));
  }

  registerHandling(id: string, handling: Handling) {
    return this.execute(Cargo, id, (cargo) => cargo.registerHandling({ handling }));
  }
}
