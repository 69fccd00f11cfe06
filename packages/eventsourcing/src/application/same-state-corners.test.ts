// Values and habits for which a cached state, a snapshot and a replay once differed.
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { aggregate, event } from "../aggregates/aggregate-class.ts";
import { plainAggregate } from "../aggregates/plain-aggregate.ts";
import { InvalidArgumentError, ProgrammingError } from "../errors.ts";
import { eventFamily } from "../events/event-family.ts";
import type { DataOf } from "../events/event-type.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";
import { application } from "./application.ts";

describe("event data with undefined fields", () => {
  const PersonEvent = eventFamily("Person", {
    Registered: { name: z.string().optional(), email: z.string().optional() },
    Changed: { name: z.string().optional(), email: z.string().optional(), more: z.unknown() },
  });

  class Person extends aggregate(PersonEvent.Registered) {
    @event(PersonEvent.Changed)
    change(data: DataOf<typeof PersonEvent.Changed>): void {
      Object.assign(this, data);
    }
  }

  it("is applied without those fields, as it is stored", async () => {
    class People extends application({ aggregates: [Person] }) {}
    const recorder = memoryRecorder();
    const people = new People({ recorder });
    const person = Person.create({ name: "Ann" });
    person.change({ name: undefined, email: "ann@example.org", more: { nickname: undefined, age: 7 } });
    await people.save(person);
    const replayed = await new People({ recorder, cacheSize: 0 }).repository.get(Person, person.id);
    for (const each of [person, await people.repository.get(Person, person.id), replayed])
      expect({ ...each }).toStrictEqual({ name: "Ann", email: "ann@example.org", more: { age: 7 } });
  });
});

describe("a plain aggregate", () => {
  const CartEvent = eventFamily("Cart", { Opened: {}, Added: { sku: z.string() } });
  const Cart = plainAggregate({
    events: CartEvent,
    initial: { items: [] as string[] },
    evolve: (state, { type, data }) =>
      type === "Cart.Added" ? { items: [...state.items, data.sku] } : state,
  });
  class Shop extends application({ aggregates: [Cart] }) {}
  const open = async () => {
    const recorder = memoryRecorder();
    const shop = new Shop({ recorder });
    const cart = Cart.begin([
      CartEvent.Opened(),
      CartEvent.Added({ sku: "z" }),
      CartEvent.Added({ sku: "a" }),
    ]);
    await shop.save(cart);
    return { recorder, shop, id: cart.aggregate.id };
  };

  it("refuses a decision that changes the state it was given", async () => {
    const { recorder, shop, id } = await open();
    const sorting = shop.execute(Cart, id, ({ items }) => [CartEvent.Added({ sku: `${items.sort()[0]}2` })]);
    await expect(sorting).rejects.toThrow('"state.items[0]" of Cart');
    const loaded = await shop.repository.get(Cart, id);
    loaded.state.items.pop();
    expect(() => Cart.trigger(loaded, [CartEvent.Added({ sku: "b" })])).toThrow(ProgrammingError);
    expect(await recorder.maxNotificationId()).toBe(3);
    expect((await shop.repository.get(Cart, id)).state.items).toEqual(["z", "a"]);
  });

  it("refuses to save changes whose state was changed", async () => {
    const { recorder, shop, id } = await open();
    const changes = Cart.trigger(await shop.repository.get(Cart, id), [CartEvent.Added({ sku: "b" })]);
    changes.aggregate.state.items.pop();
    await expect(shop.save(changes)).rejects.toThrow("State changes only in `evolve`");
    expect(await recorder.maxNotificationId()).toBe(3);
  });

  it("refuses an asynchronous evolve, and values that are no new events", async () => {
    const Waiting = plainAggregate({ events: CartEvent, initial: 0 as unknown, evolve: async () => 1 });
    expect(() => Waiting.begin([CartEvent.Opened()])).toThrow("a promise (an `await` may be missing)");
    expect(() => Cart.begin(CartEvent.Opened() as never)).toThrow(InvalidArgumentError);
    expect(() => Cart.begin([CartEvent.Opened as never])).toThrow("the result of calling an event type");
    const { shop, id } = await open();
    await expect(shop.execute(Cart, id, () => undefined as never)).rejects.toThrow("as in [Closed()]");
    const pairless = shop.execute([Cart, id] as never, () => {});
    await expect(pairless).rejects.toThrow("a pair of type and id");
    expect(() => plainAggregate({ events: CartEvent, initial: 0 } as never)).toThrow("evolve must be");
  });
});

describe("a snapshot", () => {
  it("is ignored if the class has another field", async () => {
    const NoteEvent = eventFamily("Note", { Written: {}, Tagged: { tag: z.string() } });
    const declaration = { snapshots: { Note: { every: 1 } } };
    class OldNote extends aggregate(NoteEvent.Written) {}
    class Note extends aggregate(NoteEvent.Written) {
      tags: string[] = [];

      @event(NoteEvent.Tagged)
      tag({ tag }: DataOf<typeof NoteEvent.Tagged>): void {
        this.tags.push(tag);
      }
    }
    class OldNotes extends application({ aggregates: [OldNote], ...declaration }) {}
    class Notes extends application({ aggregates: [Note], ...declaration }) {}
    const recorder = memoryRecorder();
    const old = OldNote.create();
    await new OldNotes({ recorder }).save(old);
    const notes = new Notes({ recorder, cacheSize: 0 });
    await notes.execute(Note, old.id, (note) => note.tag({ tag: "new" }));
    expect((await notes.repository.get(Note, old.id)).tags).toEqual(["new"]);
  });

  it("keeps dictionaries without a prototype, and cycles", async () => {
    const WordEvent = eventFamily("Words", { Begun: {}, Counted: { word: z.string() } });
    class Words extends aggregate(WordEvent.Begun) {
      counts: Record<string, number> = Object.create(null) as Record<string, number>;
      last: { words?: unknown } = {};

      @event(WordEvent.Counted)
      count({ word }: DataOf<typeof WordEvent.Counted>): void {
        this.counts[word] = (this.counts[word] ?? 0) + 1;
        this.last = { words: this.counts };
        this.last.words = this.last;
      }
    }
    class Book extends application({ aggregates: [Words], snapshots: { Words: { every: 1 } } }) {}
    const recorder = memoryRecorder();
    const book = new Book({ recorder });
    const words = Words.create();
    await book.save(words);
    await book.execute(Words, words.id, (loaded) => loaded.count({ word: "toString" }));
    await new Book({ recorder }).execute(Words, words.id, (loaded) => loaded.count({ word: "toString" }));
    for (const cacheSize of [0, 10]) {
      const loaded = await new Book({ recorder, cacheSize }).repository.get(Words, words.id);
      expect([loaded.counts.toString, Object.keys(loaded.counts)]).toEqual([2, ["toString"]]);
      expect(loaded.last.words).toBe(loaded.last);
    }
  });
});

describe("an aggregate class", () => {
  const DEFAULTS: string[] = [];
  const ListEvent = eventFamily("List", { Begun: {}, Added: { items: z.array(z.string()) } });
  class List extends aggregate(ListEvent.Begun) {
    items = DEFAULTS;

    @event(ListEvent.Added)
    add({ items }: DataOf<typeof ListEvent.Added>): void {
      this.items.push(...items);
    }
  }

  it("does not share initial values between instances", () => {
    const list = List.create();
    list.add({ items: ["a"] });
    expect([list.items, List.create().items, DEFAULTS]).toEqual([["a"], [], []]);
  });

  it("returns copies of its pending events", async () => {
    class Lists extends application({ aggregates: [List] }) {}
    const recorder = memoryRecorder();
    const list = List.create();
    list.add({ items: ["z", "a"] });
    for (const { data } of list.pendingEvents) if ("items" in data) data.items.sort();
    await new Lists({ recorder }).save(list);
    expect((await new Lists({ recorder }).repository.get(List, list.id)).items).toEqual(["z", "a"]);
  });
});
