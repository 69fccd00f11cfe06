/** The messages of the script that saves drafts. `{time}` stands for the time of day. */
export interface DraftMessages {
  readonly saved: string;
  readonly failed: string;
  readonly signedOut: string;
  readonly forbidden: string;
  readonly tooMany: string;
  readonly outdated: string;
  readonly tooLong: string;
}
