import { application } from "@palimpsest/eventsourcing";
import { Course, Student } from "./domain.ts";

export class Enrolment extends application({
  aggregates: [Course, Student],
  snapshots: { Course: { every: 50 } },
}) {
  async offerCourse(name: string, places: number) {
    const course = Course.create({ name, places });
    await this.save(course);
    return course.id;
  }

  async registerStudent(name: string, maxCourses = 3) {
    const student = Student.create({ name, maxCourses });
    await this.save(student);
    return student.id;
  }

  changePlaces(courseId: string, places: number) {
    return this.execute(Course, courseId, (course) => course.changePlaces({ places }));
  }

  enrol(studentId: string, courseId: string) {
    return this.execute(pair(studentId, courseId), (student, course) => {
      student.join({ courseId });
      course.enrol({ studentId });
    });
  }

  withdraw(studentId: string, courseId: string) {
    return this.execute(pair(studentId, courseId), (student, course) => {
      student.leave({ courseId });
      course.withdraw({ studentId });
    });
  }

  async studentsOf(courseId: string) {
    const { students } = await this.repository.get(Course, courseId);
    return this.names(Student, students);
  }

  async coursesOf(studentId: string) {
    const { courses } = await this.repository.get(Student, studentId);
    return this.names(Course, courses);
  }

  protected async names(type: typeof Course | typeof Student, ids: Iterable<string>) {
    const found = await Promise.all([...ids].map((id) => this.repository.get(type, id)));
    return found.map(({ name }) => name).sort();
  }
}

const pair = (studentId: string, courseId: string) =>
  [
    [Student, studentId],
    [Course, courseId],
  ] as const;
