import { aggregate, CodedError, type DataOf, event, eventFamily } from "@palimpsest/eventsourcing";
import { z } from "zod";

export class CourseFullError extends CodedError {
  readonly code = "course-full";
}

export class TooManyCoursesError extends CodedError {
  readonly code = "too-many-courses";
}

export class EnrolmentError extends CodedError {
  readonly code = "enrolment";
}

const name = z.string().min(1);
const studentId = z.uuid();
const courseId = z.uuid();

const CourseEvent = eventFamily("Course", {
  Offered: { name, places: z.int().positive() },
  PlacesChanged: { places: z.int().positive() },
  StudentEnrolled: { studentId },
  StudentWithdrawn: { studentId },
});

export class Course extends aggregate(CourseEvent.Offered) {
  students = new Set<string>();

  /** Students who are enrolled keep their places. */
  @event(CourseEvent.PlacesChanged)
  changePlaces({ places }: DataOf<typeof CourseEvent.PlacesChanged>) {
    this.places = places;
  }

  @event(CourseEvent.StudentEnrolled)
  enrol({ studentId }: DataOf<typeof CourseEvent.StudentEnrolled>) {
    this.ensure(
      this.students.size < this.places,
      () => new CourseFullError(`All ${this.places} places of "${this.name}" are taken.`),
    );
    this.students.add(studentId);
  }

  @event(CourseEvent.StudentWithdrawn)
  withdraw({ studentId }: DataOf<typeof CourseEvent.StudentWithdrawn>) {
    this.students.delete(studentId);
  }
}

const StudentEvent = eventFamily("Student", {
  Registered: { name, maxCourses: z.int().positive() },
  CourseJoined: { courseId },
  CourseLeft: { courseId },
});

export class Student extends aggregate(StudentEvent.Registered) {
  courses = new Set<string>();

  @event(StudentEvent.CourseJoined)
  join({ courseId }: DataOf<typeof StudentEvent.CourseJoined>) {
    this.ensure(
      !this.courses.has(courseId),
      () => new EnrolmentError(`${this.name} is enrolled in course ${courseId} already.`),
    );
    this.ensure(
      this.courses.size < this.maxCourses,
      () => new TooManyCoursesError(`${this.name} may attend ${this.maxCourses} courses at a time.`),
    );
    this.courses.add(courseId);
  }

  @event(StudentEvent.CourseLeft)
  leave({ courseId }: DataOf<typeof StudentEvent.CourseLeft>) {
    this.ensure(
      this.courses.has(courseId),
      () => new EnrolmentError(`${this.name} is not enrolled in course ${courseId}.`),
    );
    this.courses.delete(courseId);
  }
}
