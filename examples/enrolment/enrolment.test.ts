import { AggregateNotFoundError, InvalidEventDataError, ProgrammingError } from "@palimpsest/eventsourcing";
import { expect, it } from "vitest";
import { onEachRecorder } from "../../test/recorders.ts";
import { Enrolment } from "./application.ts";
import { Course, CourseFullError, EnrolmentError, TooManyCoursesError } from "./domain.ts";

onEachRecorder("enrolment", (create) => {
  const open = async () => new Enrolment({ recorder: await create() });

  it("enrols students in courses, and withdraws them", async () => {
    const school = await open();
    const [maths, music] = [await school.offerCourse("Maths", 10), await school.offerCourse("Music", 10)];
    const [ann, bob] = [await school.registerStudent("Ann"), await school.registerStudent("Bob")];
    await school.enrol(ann, maths);
    await school.enrol(ann, music);
    await school.enrol(bob, maths);
    expect(await school.studentsOf(maths)).toEqual(["Ann", "Bob"]);
    expect(await school.coursesOf(ann)).toEqual(["Maths", "Music"]);
    await school.withdraw(ann, maths);
    expect(await school.studentsOf(maths)).toEqual(["Bob"]);
    expect(await school.coursesOf(ann)).toEqual(["Music"]);
  });

  it("changes neither the student nor the course when one of them refuses", async () => {
    const school = await open();
    const ann = await school.registerStudent("Ann", 1);
    const bob = await school.registerStudent("Bob", 1);
    const maths = await school.offerCourse("Maths", 1);
    const music = await school.offerCourse("Music", 5);
    await school.enrol(ann, maths);
    const events = await school.notificationLog.maxId();
    await expect(school.enrol(bob, maths)).rejects.toThrow(CourseFullError);
    await expect(school.enrol(ann, music)).rejects.toThrow(TooManyCoursesError);
    await expect(school.enrol(ann, maths)).rejects.toThrow(EnrolmentError);
    await expect(school.withdraw(bob, maths)).rejects.toThrow(EnrolmentError);
    expect(await school.notificationLog.maxId()).toBe(events);
    expect(await school.coursesOf(bob)).toEqual([]);
    expect(await school.studentsOf(music)).toEqual([]);
  });

  it("never exceeds the places of a course, however many enrol at once", async () => {
    const school = await open();
    const maths = await school.offerCourse("Maths", 3);
    const students = await Promise.all(
      ["Ann", "Bob", "Cleo", "Dan", "Eve", "Fay"].map((name) => school.registerStudent(name)),
    );
    const results = await Promise.allSettled(students.map((student) => school.enrol(student, maths)));
    const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    expect(reasons).toHaveLength(3);
    for (const reason of reasons) expect(reason).toBeInstanceOf(CourseFullError);
    const courses = await Promise.all(students.map((student) => school.coursesOf(student)));
    expect(courses.flat()).toEqual(["Maths", "Maths", "Maths"]);
    expect(await school.studentsOf(maths)).toHaveLength(3);
  });

  it("never exceeds the courses of a student who enrols in several at once", async () => {
    const school = await open();
    const ann = await school.registerStudent("Ann", 2);
    const courses = await Promise.all(["A", "B", "C", "D"].map((name) => school.offerCourse(name, 5)));
    const results = await Promise.allSettled(courses.map((course) => school.enrol(ann, course)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    const students = await Promise.all(courses.map((course) => school.studentsOf(course)));
    expect(students.flat()).toEqual(["Ann", "Ann"]);
  });

  it("keeps the enrolled students of a course with fewer places", async () => {
    const school = await open();
    const maths = await school.offerCourse("Maths", 2);
    const [ann, bob] = [await school.registerStudent("Ann"), await school.registerStudent("Bob")];
    await school.enrol(ann, maths);
    await school.enrol(bob, maths);
    await school.changePlaces(maths, 1);
    await school.withdraw(ann, maths);
    await expect(school.enrol(ann, maths)).rejects.toThrow('All 1 places of "Maths" are taken.');
    await school.takeSnapshot(Course, maths);
    expect(await school.studentsOf(maths)).toEqual(["Bob"]);
  });

  it("rejects unknown students and courses, and invalid numbers", async () => {
    const school = await open();
    const ann = await school.registerStudent("Ann");
    const unknown = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
    await expect(school.enrol(ann, unknown)).rejects.toThrow(AggregateNotFoundError);
    await expect(school.enrol(unknown, ann)).rejects.toThrow(AggregateNotFoundError);
    await expect(school.enrol(ann, ann)).rejects.toThrow(ProgrammingError);
    await expect(school.offerCourse("Maths", 0)).rejects.toThrow(InvalidEventDataError);
    expect(await school.notificationLog.maxId()).toBe(1);
  });
});
