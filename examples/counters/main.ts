import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { ClassCounters, PlainCounters } from "./application.ts";

for (const Counters of [PlainCounters, ClassCounters]) {
  const counters = new Counters({ recorder: memoryRecorder() });
  const visitors = await counters.start("visitors", 10);
  await Promise.all([counters.count(visitors, 3), counters.count(visitors, 4)]);
  await counters.count(visitors, 5).catch((error) => console.log(error.message));
  console.log(Counters.name, await counters.read(visitors));
  await counters.close();
}
